-- Makes the roles and databases of the control plane and of Temporal. The image of
-- PostgreSQL runs it once, as superuser, when its volume is new.

\getenv control_password CONTROL_PASSWORD
\getenv temporal_password TEMPORAL_PASSWORD

-- Statements with passwords must not come into the server's log.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;

-- The control plane makes databases and roles for server groups. It is no
-- superuser, as row level security does not bind one.
CREATE ROLE switchyard_control LOGIN CREATEDB CREATEROLE PASSWORD :'control_password';
CREATE DATABASE switchyard_control OWNER switchyard_control TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE switchyard_control FROM PUBLIC;

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE temporal OWNER temporal TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE temporal_visibility OWNER temporal TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE temporal, temporal_visibility FROM PUBLIC;
