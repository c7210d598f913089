-- The order in which media are looked at, kept by triggers: a window must not sort a million rows to show thirty.

-- Seconds since 1970 by the clock on the wall, where cameras and people read it: when the picture was taken, else when its
-- oldest file was last changed; 0 where neither is known. NULL: it is at no place any more, and is not shown.
ALTER TABLE media ADD COLUMN date INTEGER;

CREATE VIEW media_date AS
    SELECT id AS media, (
        SELECT coalesce(
            CAST(strftime('%s', taken_at) AS INTEGER),
            CAST(strftime('%s', min(nullif(mtime_ns, 0)) / 1000000000, 'unixepoch', 'localtime') AS INTEGER),
            0
        )
        FROM location WHERE location.media = media.id AND missing = 0 GROUP BY location.media
    ) AS date
    FROM media;

UPDATE media SET date = (SELECT date FROM media_date WHERE media_date.media = media.id);

-- All that a page of the order asks for, so that no row of media is touched.
CREATE INDEX media_order ON media (date, id, modality);

CREATE TRIGGER location_dated AFTER INSERT ON location
    BEGIN UPDATE media SET date = (SELECT date FROM media_date WHERE media_date.media = NEW.media) WHERE id = NEW.media; END;
CREATE TRIGGER location_moved AFTER UPDATE OF media, mtime_ns, missing ON location
    BEGIN UPDATE media SET date = (SELECT date FROM media_date WHERE media_date.media = media.id) WHERE id IN (OLD.media, NEW.media); END;
CREATE TRIGGER location_lost AFTER DELETE ON location
    BEGIN UPDATE media SET date = (SELECT date FROM media_date WHERE media_date.media = OLD.media) WHERE id = OLD.media; END;
