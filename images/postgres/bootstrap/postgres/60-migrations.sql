-- The application's migrations make schemas, one of them for their own records.
GRANT CREATE ON DATABASE postgres TO app;
