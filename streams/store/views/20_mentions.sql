-- Each mention once: its newest edit, without what was retracted at the source.
CREATE OR REPLACE VIEW mentions AS
SELECT
    id,                      -- platform and the platform's own id of the post, `platform:native_id`
    platform,                -- where it was posted
    kind,                    -- post, repost, reply, quote, comment or article
    url,                     -- where it can be read; empty where unknown
    text,                    -- as published
    created_at,              -- when it was posted, as the platform claims
    counted_at,              -- where it counts: created_at clamped to the interval that was observed
    observed_at,             -- when a connector saw it
    edited_at,               -- its newest edit; NULL if never edited
    late,                    -- came too late to take part in a decision
    lang,                    -- language, ISO 639-1; `und` where it could not be told
    author,                  -- pseudonym of the account; empty where unknown
    author_followers,        -- as the platform said
    parent_id,               -- the platform's id of what it replies to; empty if nothing
    repost_of,               -- the platform's id of what it repeats; empty if nothing
    likes,                   -- when observed
    reposts,                 -- when observed
    replies,                 -- when observed
    media,                   -- links to pictures and films
    sentiment,               -- negative, neutral or positive; NULL where the language has no model
    sentiment_score,         -- P(positive) - P(negative), -1 to 1
    sentiment_unsure,        -- the best guess stands, and it is a guess
    misinformation,          -- a reason to look, not a verdict
    misinformation_score,    -- the classifier's, 0 to 1; 0 where it abstains
    misinformation_reasons,  -- `phrase: ...`, `claim: id` or `classifier`
    narrative,               -- posts that say nearly the same share it
    CAST(hit_watch AS Array(String)) AS watches,               -- the watches it matches
    hashtags,                -- without #, folded
    domains,                 -- of the links in it
    arrayDistinct(arrayFlatten(hit_urgent)) AS urgent,         -- the urgent phrases found, of all its watches
    CAST(has(hit_vip, true) AS Bool) AS vip,                   -- by somebody on a watch's VIP list
    drill,                   -- part of an exercise: seen in a demo's own store alone
    models                   -- what scored it, with versions
FROM mentions_counted;
