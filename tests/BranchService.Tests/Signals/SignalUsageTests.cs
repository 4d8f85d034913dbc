using Dendrite.IngestService.Tests;
using Dendrite.V1;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>What branches with recordings cost.</summary>
public sealed class SignalUsageTests(SignalLab lab) : IClassFixture<SignalLab>
{
    [Fact]
    public async Task Merged_samples_count_once_before_and_after_their_branch_is_gone()
    {
        var pair = await lab.ForkAsync("once");
        await lab.AppendAsync("once-source", 100, 50);

        await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair }, lab.Lab.Lab);

        Assert.Equal(150 * Recording.Channels, (await UsageAsync("once-target")).VisibleSamples);
        await lab.AppendAsync("once-target", 150, 10);
        await lab.Lab.PurgeAsync("once-source");
        Assert.Equal(160 * Recording.Channels, (await UsageAsync("once-target")).VisibleSamples);
    }

    [Fact]
    public async Task A_gathered_branch_costs_what_its_blocks_take_now()
    {
        const int Blocks = 40;
        await lab.Lab.CreateAsync("dense");
        for (var i = 0; i < Blocks; i++)
        {
            await lab.AppendAsync("dense", 200 * i, 200);
            if (i == Blocks / 2)
            {
                await lab.Lab.CreateAsync("dense-fork", new() { Branch = SignalLab.Branch("dense") });
            }
        }

        var before = await UsageAsync("dense");
        Assert.Equal(await StoredAsync(""), before.OwnBytes + before.SharedBytes);

        await lab.Lab.GatherAsync();

        var after = await UsageAsync("dense");
        Assert.True(after.OwnBytes + after.SharedBytes < before.OwnBytes + before.SharedBytes);
        Assert.Equal(await StoredAsync(""), after.OwnBytes + after.SharedBytes);
        const string Seen =
            "AND version <= (SELECT through_version FROM branching.vector_entry e JOIN branching.branch f "
            + "ON f.timeline_id = e.timeline_id AND f.name = 'dense-fork' WHERE e.owner_timeline_id = b.timeline_id)";
        Assert.Equal(await StoredAsync(Seen), after.SharedBytes);
        Assert.Equal(after.OwnBytes, after.FreeableBytes);
        var fork = await UsageAsync("dense-fork");
        Assert.Equal((0, after.SharedBytes), (fork.OwnBytes, fork.SharedBytes));
        // The same from what is stored, as after a restore.
        await lab.Lab.AsOwnerAsync(
            $"""
            SELECT set_config('dendrite.project_id', '{lab.Lab.LabProject.Value}', true);
            UPDATE signals.append SET saved_bytes = NULL;
            SELECT signals.count_saved(timeline_id) FROM branching.branch WHERE name = 'dense';
            """
        );
        Assert.Equal(after, await UsageAsync("dense"));
        // What comes later counts in full until it is gathered too.
        await lab.AppendAsync("dense", 200 * Blocks, 200);
        var last = await UsageAsync("dense");
        Assert.Equal(await StoredAsync(""), last.OwnBytes + last.SharedBytes);
        // A restored branch has no writers.
        await lab.Lab.AsOwnerAsync(
            "DELETE FROM signals.writer WHERE timeline_id IN "
                + "(SELECT timeline_id FROM branching.branch WHERE name = 'dense')"
        );
        Assert.Equal(last, await UsageAsync("dense"));
    }

    /// <summary>What the payloads of the branch's own timeline take.</summary>
    private async Task<long> StoredAsync(string condition) =>
        (long)
            (
                await lab.Lab.AsOwnerAsync(
                    "SELECT sum(octet_length(payload)) FROM signals.block JOIN branching.branch b USING (timeline_id) "
                        + $"WHERE b.name = 'dense' {condition}"
                )
            )!;

    private async Task<GetBranchUsageResponse> UsageAsync(string branch)
    {
        var name = SignalLab.Branch(branch);
        var usage = await lab.Lab.Branches.GetBranchUsageAsync(new() { Name = name }, lab.Lab.Lab);
        usage.MeasureTime = null;
        return usage;
    }
}
