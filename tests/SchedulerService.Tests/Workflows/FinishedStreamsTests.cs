using Dendrite.Storage;
using Dendrite.Storage.Workflows;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Which finished streams a waiting workflow counts, against the real services.</summary>
public sealed class FinishedStreamsTests(WorkflowLab lab) : IClassFixture<WorkflowLab>
{
    [Fact]
    public async Task What_was_finished_before_the_fork_does_not_count_where_its_descriptor_is_written_again()
    {
        var main = await ForkAsync("before");
        await lab.FinishStreamAsync(main, "of-before");
        await lab.MergeAsync(main);
        var branch = await ForkAsync("described");
        await DescribeAsync(branch, "of-before");
        Assert.Equal(0, await CountAsync(branch));
        await lab.FinishStreamAsync(branch, "own");
        await DescribeAsync(branch, "own");
        Assert.Equal(1, await CountAsync(branch));
        await lab.Ingest.DeleteStreamAsync(new() { Name = $"{branch}/streams/own" }, lab.Key);
        Assert.Equal(0, await CountAsync(branch));
    }

    [Fact]
    public async Task What_is_merged_in_does_not_count_where_its_descriptor_is_written_again()
    {
        var branch = await ForkAsync("target");
        await lab.FinishStreamAsync(branch, "ours");
        var source = await ForkAsync("source", branch);
        await lab.FinishStreamAsync(source, "theirs");
        await MergeAsync(source, branch);
        Assert.Equal(1, await CountAsync(branch));
        await DescribeAsync(branch, "theirs");
        Assert.Equal(1, await CountAsync(branch));
        await lab.Branches.DeleteBranchAsync(new() { Name = source }, lab.Key);
        Assert.Equal(1, await CountAsync(branch));
    }

    [Fact]
    public async Task A_reset_leaves_what_was_finished_before_its_point()
    {
        var branch = await ForkAsync("reset");
        await lab.FinishStreamAsync(branch, "first");
        var then = (await lab.GetBranchAsync(branch)).HeadVersion;
        await lab.FinishStreamAsync(branch, "second");
        Assert.Equal(2, await CountAsync(branch));
        await lab.Branches.ResetBranchAsync(
            new()
            {
                Name = branch,
                Point = new() { Version = then },
            },
            lab.Key
        );
        Assert.Equal(1, await CountAsync(branch));
        // What is said of it meanwhile finishes nothing, and takes nothing away.
        await DescribeAsync(branch, "first");
        Assert.Equal(1, await CountAsync(branch));
        await lab.FinishStreamAsync(branch, "third");
        Assert.Equal(2, await CountAsync(branch));
    }

    private async Task<string> ForkAsync(string purpose, string? from = null)
    {
        var request = new CreateBranchRequest { Parent = WorkflowLab.Parent, BranchId = $"night-{purpose}-v1" };
        if (from is not null)
            request.Source = new() { Branch = from };
        return (await lab.Branches.CreateBranchAsync(request, lab.Key)).Branch.Name;
    }

    private Task MergeAsync(string source, string target) =>
        lab
            .Merges.MergeBranchAsync(
                new()
                {
                    Pair = new() { Source = source, Target = target },
                },
                lab.Key
            )
            .ResponseAsync;

    /// <summary>Changes what people read of a stream, and nothing else.</summary>
    private Task DescribeAsync(string branch, string stream) =>
        lab
            .Ingest.UpdateStreamAsync(
                new()
                {
                    Stream = new() { Name = $"{branch}/streams/{stream}", DisplayName = "The first night" },
                },
                lab.Key
            )
            .ResponseAsync;

    private async Task<long> CountAsync(string branch)
    {
        var uid = Guid.Parse((await lab.GetBranchAsync(branch)).Uid);
        var streams = new FinishedStreams(new PlatformDatabase(lab.Database.Scheduler));
        return (await streams.LookAsync(lab.Project, uid, WorkflowLab.Token))!.Finished;
    }
}
