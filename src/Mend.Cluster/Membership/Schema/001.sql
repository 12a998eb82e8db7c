-- The silos of each cluster, and what Orleans asks of them. The provider (invariant Npgsql) finds its statements by key in orleansquery
-- and gives them named parameters; what it wants back is said at each.

CREATE TABLE cluster (
    id text PRIMARY KEY,
    -- Every change of a row in silo raises it; whoever names an old one has lost the race.
    version integer NOT NULL DEFAULT 0
);

CREATE TABLE silo (
    cluster_id text NOT NULL REFERENCES cluster ON DELETE CASCADE,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    siloname text NOT NULL,
    hostname text NOT NULL,
    status integer NOT NULL,
    proxyport integer NOT NULL,
    suspecttimes text,
    starttime timestamptz NOT NULL,
    iamalivetime timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
);

CREATE TABLE orleansquery (
    querykey text PRIMARY KEY,
    querytext text NOT NULL
);

INSERT INTO orleansquery VALUES
-- true when the cluster is new
('InsertMembershipVersionKey', '
WITH made AS (INSERT INTO cluster (id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING id)
SELECT EXISTS (SELECT FROM made)'),

-- true when the silo has joined and the version was the one named: both or neither
('InsertMembershipKey', '
WITH raised AS (
    UPDATE cluster SET version = version + 1
    WHERE id = @DeploymentId AND version = @Version
      AND NOT EXISTS (SELECT FROM silo WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING id),
joined AS (
    INSERT INTO silo (cluster_id, address, port, generation, siloname, hostname, status, proxyport, starttime, iamalivetime)
    SELECT id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM raised
    RETURNING cluster_id)
SELECT EXISTS (SELECT FROM joined)'),

-- true when the silo was there and the version was the one named: both or neither
('UpdateMembershipKey', '
WITH raised AS (
    UPDATE cluster SET version = version + 1
    WHERE id = @DeploymentId AND version = @Version
      AND EXISTS (SELECT FROM silo WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING id),
changed AS (
    UPDATE silo SET status = @Status, suspecttimes = @SuspectTimes, iamalivetime = @IAmAliveTime FROM raised
    WHERE cluster_id = raised.id AND address = @Address AND port = @Port AND generation = @Generation
    RETURNING cluster_id)
SELECT EXISTS (SELECT FROM changed)'),

-- a heartbeat: raises no version
('UpdateIAmAlivetimeKey', '
UPDATE silo SET iamalivetime = @IAmAliveTime
WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),

-- a row with the version always; without a silo its columns are null
('MembershipReadRowKey', '
SELECT silo.*, version FROM cluster
LEFT JOIN silo ON cluster_id = id AND address = @Address AND port = @Port AND generation = @Generation
WHERE id = @DeploymentId'),

('MembershipReadAllKey', '
SELECT silo.*, version FROM cluster LEFT JOIN silo ON cluster_id = id WHERE id = @DeploymentId'),

('GatewaysQueryKey', '
SELECT address, proxyport, generation FROM silo WHERE cluster_id = @DeploymentId AND status = @Status AND proxyport > 0'),

('DeleteMembershipTableEntriesKey', '
DELETE FROM cluster WHERE id = @DeploymentId'),

-- 6 is Orleans'' SiloStatus.Dead
('CleanupDefunctSiloEntriesKey', '
DELETE FROM silo WHERE cluster_id = @DeploymentId AND status = 6 AND iamalivetime < @IAmAliveTime');
