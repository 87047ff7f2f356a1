"""Files attached to customers, through the customers API."""
