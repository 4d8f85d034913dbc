using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Picks and reverts keep to the constraints with the records that they do not touch.</summary>
public sealed class OwnCommitCheckTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_pick_deletes_no_record_that_others_refer_to()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var then = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s3", 60, "active", "c3"));
        await trial.PutVisitAsync("target", "v3", "s3");
        var request = PickOf(trial, then);
        request.DeleteMissing = true;

        await PickFailsAsync(request, "v3");

        Assert.Equal(3, (await trial.SubjectsAsync("target")).Count);
        await trial.DeleteAsync("target", "visit", "v3");
        Assert.Equal(1, (await fixture.Merges.PickRecordsAsync(request, fixture.Lab)).DeletedRecords);
    }

    [Fact]
    public async Task A_protected_branch_says_so_before_what_else_is_in_the_way()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var added = await trial.PutAsync("target", ("s3", 60, "active", "c3"));
        await trial.PutVisitAsync("target", "v1", "s3");
        await fixture.Branches.SetBranchProtectionAsync(
            new() { Name = trial.Branch("target"), Protected = true },
            fixture.Lab
        );
        var revert = new RevertCommitRequest
        {
            Commit = $"{trial.Branch("target")}/commits/{added}",
            Branch = trial.Branch("target"),
        };

        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () => fixture.Merges.RevertCommitAsync(revert, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_revert_deletes_no_record_that_others_refer_to()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var added = await trial.PutAsync("target", ("s3", 60, "active", "c3"));
        var visit = await trial.PutVisitAsync("target", "v3", "s3");

        await RevertFailsAsync(trial, added, "v3");

        await RevertAsync(trial, visit);
        await RevertAsync(trial, added);
        Assert.Equal(2, (await trial.SubjectsAsync("target")).Count);
    }

    [Fact]
    public async Task A_pick_brings_no_value_back_that_is_unique_and_taken()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var then = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s1", 40, "placebo", "c5"));
        await trial.PutAsync("target", ("s9", 70, "active", "c1"));
        var request = PickOf(trial, then);
        request.Filter = "id = \"s1\"";

        await PickFailsAsync(request, "s9");

        await trial.DeleteAsync("target", "s9");
        Assert.Equal(1, (await fixture.Merges.PickRecordsAsync(request, fixture.Lab)).WrittenRecords);
    }

    [Fact]
    public async Task A_revert_brings_no_value_back_that_is_unique_and_taken()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var moved = await trial.PutAsync("target", ("s1", 40, "placebo", "c5"));
        await trial.PutAsync("target", ("s9", 70, "active", "c1"));

        await RevertFailsAsync(trial, moved, "s9");

        await trial.DeleteAsync("target", "s9");
        await RevertAsync(trial, moved);
        Assert.Contains("s1 40 placebo c1", await trial.SubjectsAsync("target"));
    }

    private async Task PickFailsAsync(PickRecordsRequest request, string other)
    {
        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );
        Assert.Contains(other, refusal.Message);
    }

    private async Task RevertFailsAsync(Trial trial, long version, string other)
    {
        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => RevertAsync(trial, version)
        );
        Assert.Contains(other, refusal.Message);
    }

    private AsyncUnaryCall<RevertCommitResponse> RevertAsync(Trial trial, long version) =>
        fixture.Merges.RevertCommitAsync(
            new() { Commit = $"{trial.Branch("target")}/commits/{version}", Branch = trial.Branch("target") },
            fixture.Lab
        );

    private static PickRecordsRequest PickOf(Trial trial, long then) =>
        new()
        {
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
            DatasetId = "subject",
        };
}
