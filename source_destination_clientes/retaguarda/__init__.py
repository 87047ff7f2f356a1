"""The retaguarda side of PDVSync: one function per endpoint, and the credential that opens them."""
