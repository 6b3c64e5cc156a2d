"""One's own account: pages of the comment server alone, where no script of a site reaches.

Only the cookie of our own pages counts here. A token of the widget can comment and nothing more.
"""
