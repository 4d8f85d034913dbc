using Dendrite.Storage;
using Dendrite.Storage.Garbage;
using Dendrite.Versioning;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// A past: experiments that were made, written, merged whole into main and purged, each by its own commits through the
/// commit door. The night's garbage collection has run.
/// </summary>
internal sealed class MergedExperiments(BenchmarkPlatform platform)
{
    private const int Step = 1_000;

    public async Task AddAsync(int count, CancellationToken cancellationToken)
    {
        await platform.ArrangeAsync(
            $"""
            DO $$
            DECLARE
                main branching.branch;
                line bigint;
                written bigint;
                merged bigint;
                nothing bytea := decode(repeat('00', 32), 'hex');
            BEGIN
                SELECT * INTO main FROM branching.branch WHERE name = 'main';
                FOR i IN 1..{count} LOOP
                    INSERT INTO branching.timeline (
                        project_id, branch_id, parent_timeline_id, start_version, head_version, head_hash, purge_time)
                    SELECT t.project_id, nextval(pg_get_serial_sequence('branching.branch', 'branch_id')),
                        t.timeline_id, t.head_version, t.head_version, t.head_hash, now()
                    FROM branching.timeline t WHERE t.timeline_id = main.timeline_id
                    RETURNING timeline_id INTO line;
                    SELECT version INTO written
                    FROM branching.commit(line, 'append', 'benchmark', '', nothing, jsonb_build_object());
                    SELECT version INTO merged
                    FROM branching.commit(main.timeline_id, 'merge', 'benchmark', '', nothing, jsonb_build_object());
                    INSERT INTO branching.vector_entry
                    VALUES (main.project_id, main.timeline_id, line, merged, written);
                END LOOP;
            END
            $$;
            """
        );
        await AbsorbAsync(cancellationToken);
        await platform.ArrangeAsync("ANALYZE branching.timeline, branching.vector_entry, branching.commit");
    }

    private async Task AbsorbAsync(CancellationToken cancellationToken)
    {
        var garbage = new GarbageStore(new PlatformDatabase(platform.Scheduler));
        TimelineId? after = new TimelineId(0);
        while (after is { } last)
        {
            after = (await garbage.AbsorbAsync(platform.ProjectId, last, Step, cancellationToken)).Last;
        }
    }
}
