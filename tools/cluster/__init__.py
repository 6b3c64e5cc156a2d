"""A whole deployment on one machine: nginx, two servers, PostgreSQL with a replica, Redis."""
