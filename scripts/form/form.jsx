// The spec as a form, by the rules of Airbyte's: groups are cards, `order` counts within each, optional fields fold to the end
// of their group unless `always_show`, a oneOf is told apart by a constant that is not shown. Titles and texts of objects, bounds of
// numbers and words for patterns do not show either (the last two only once a value is wrong).
import React from "react";
import { createRoot } from "react-dom/client";
import Form from "@rjsf/core";
import validator from "@rjsf/validator-ajv8";

const { spec, data } = JSON.parse(document.getElementById("spec").textContent);
const only = location.hash.slice(1);

const Html = ({ text, tag: Tag = "p" }) => <Tag className="description" dangerouslySetInnerHTML={{ __html: text }} />;

const DescriptionFieldTemplate = ({ description }) => (description ? <Html text={description} /> : null);

function FieldTemplate({ id, label, required, schema, children, hidden, description, displayLabel }) {
  if (hidden) return null;
  const plain = label && (displayLabel || schema.type === "boolean");
  const chosen = Boolean(schema.oneOf);
  return (
    <div className={`field ${chosen ? "choice" : schema.type}`}>
      {(plain || chosen) && (
        <label htmlFor={id}>
          {chosen ? schema.title : label}
          {!required && !chosen && <span className="optional">Optional</span>}
        </label>
      )}
      {chosen ? <Html text={schema.description} /> : plain && description}
      {children}
      {plain && !chosen && schema.examples && <p className="hint">e.g. {schema.examples.join("   ")}</p>}
    </div>
  );
}

const isChoice = (schema) => Boolean(schema.oneOf) || schema.type === "object";

function sorted(properties, schema) {
  const child = (item) => schema.properties[item.name] ?? {};
  const visible = properties.filter((item) => !item.hidden && child(item).const === undefined);
  return visible.sort((a, b) => (child(a).order ?? 99) - (child(b).order ?? 99));
}

function Fields({ properties, schema }) {
  const required = new Set(schema.required ?? []);
  const folded = (item) => {
    const child = schema.properties[item.name] ?? {};
    return !required.has(item.name) && !child.always_show && !isChoice(child);
  };
  const all = sorted(properties, schema);
  const optional = all.filter(folded);
  return (
    <>
      {all.filter((item) => !folded(item)).map((item) => item.content)}
      {optional.length > 0 && (
        <details open>
          <summary>Optional fields</summary>
          {optional.map((item) => item.content)}
        </details>
      )}
    </>
  );
}

function ObjectFieldTemplate({ properties, schema, idSchema }) {
  // Airbyte shows neither the title nor the text of an object: its fields stand where it would.
  if (idSchema.$id !== "root") {
    return (
      <fieldset>
        <Fields properties={properties} schema={schema} />
      </fieldset>
    );
  }
  return spec.groups
    .filter((group) => !only || group.id === only)
    .map((group) => {
      const members = properties.filter((item) => schema.properties[item.name]?.group === group.id);
      return (
        <section key={group.id}>
          <h2>{group.title}</h2>
          <Fields properties={members} schema={schema} />
        </section>
      );
    });
}

const MultiSchemaFieldTemplate = ({ selector, optionSchemaField }) => (
  <>
    {selector}
    {optionSchemaField}
  </>
);

const CheckboxWidget = ({ id, value }) => <input type="checkbox" role="switch" id={id} checked={Boolean(value)} readOnly />;

function Cards({ value, onChange, options }) {
  return (
    <div className="cards">
      {options.enumOptions.map((option, index) => (
        <div key={option.value} className={option.value === value ? "card chosen" : "card"} onClick={() => onChange(option.value)}>
          <span className="dot" />
          <strong>{option.label}</strong>
          <Html text={options.descriptions[index] ?? ""} tag="span" />
        </div>
      ))}
    </div>
  );
}

function ArrayFieldTemplate({ title, schema, items, onAddClick }) {
  return (
    <div className="list">
      <label>{title}<span className="optional">Optional</span></label>
      {schema.description && <Html text={schema.description} />}
      {items.map((item) => (
        <div key={item.key} className="entry">{item.children}</div>
      ))}
      <button type="button" onClick={onAddClick}>Add</button>
    </div>
  );
}

// What Airbyte's form reads off the schema, as rjsf wants it: in a schema of its own.
function uiOf(schema) {
  const ui = {};
  for (const [name, child] of Object.entries(schema.properties ?? {})) ui[name] = uiOf(child);
  if (schema.items) ui.items = uiOf(schema.items);
  if (schema.oneOf) {
    ui.oneOf = schema.oneOf.map(uiOf);
    if (schema.display_type === "radio") {
      ui["ui:options"] = { widget: "cards", descriptions: schema.oneOf.map((branch) => branch.description) };
    }
  }
  if (schema.airbyte_secret) ui["ui:widget"] = "password";
  if (schema.multiline) ui["ui:widget"] = "textarea";
  if (schema.airbyte_hidden || schema.const !== undefined) ui["ui:widget"] = "hidden";
  return ui;
}

createRoot(document.getElementById("form")).render(
  <Form
    schema={spec}
    uiSchema={{ ...uiOf(spec), "ui:submitButtonOptions": { norender: true } }}
    formData={data}
    validator={validator}
    widgets={{ cards: Cards, CheckboxWidget }}
    templates={{ DescriptionFieldTemplate, FieldTemplate, ObjectFieldTemplate, MultiSchemaFieldTemplate, ArrayFieldTemplate }}
    showErrorList={false}
  />,
);
const settle = () => {
  document.title = String(Math.ceil(document.documentElement.scrollHeight));
};
setTimeout(settle, 300);
