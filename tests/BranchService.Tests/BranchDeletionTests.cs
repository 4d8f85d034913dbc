using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.BranchService.Tests;

/// <summary>What a deletion may say besides which branch: for how long, why, and of which head.</summary>
public sealed class BranchDeletionTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    public static TheoryData<Refusal, Action<DeleteBranchRequest>> BadDeletions =>
        new()
        {
            { Invalid("purge_after"), delete => delete.PurgeAfter = new() },
            { Invalid("purge_after"), delete => delete.PurgeAfter = new() { Seconds = 59 } },
            { Invalid("purge_after"), delete => delete.PurgeAfter = new() { Seconds = -60 } },
            { Invalid("purge_after"), delete => delete.PurgeAfter = new() { Seconds = long.MaxValue } },
            { Invalid("purge_after"), delete => delete.PurgeAfter = new() { Seconds = 60, Nanos = -1 } },
            { Invalid("purge_after"), delete => delete.PurgeAfter = new() { Seconds = 60, Nanos = int.MaxValue } },
            { Invalid("purge_after"), delete => (delete.PurgeAfter, delete.Purge) = (new() { Seconds = 60 }, true) },
            { Invalid("reason"), delete => delete.Reason = new string('x', 4_001) },
            { Invalid("reason"), delete => delete.Reason = "bell \a" },
            { Invalid("head_version"), delete => delete.HeadVersion = -1 },
            { Of(StatusCode.Aborted), delete => delete.HeadVersion = long.MaxValue },
            { Of(StatusCode.Aborted), delete => delete.Etag = "\"99\"" },
        };

    [Theory]
    [MemberData(nameof(BadDeletions))]
    [BadInputOf("DeleteBranch")]
    public async Task A_deletion_that_cannot_be_is_not_done(Refusal expected, Action<DeleteBranchRequest> spoil)
    {
        var request = new DeleteBranchRequest { Name = (await fixture.CreateAsync(fixture.NextWord())).Name };
        spoil(request);
        Assert.Equal(
            expected,
            await fixture.RefusalOfAsync(() => fixture.Branches.DeleteBranchAsync(request, fixture.Lab))
        );
    }

    [Fact]
    public async Task A_deletion_says_for_how_long_it_can_be_taken_back_and_why_in_the_audit()
    {
        var id = fixture.NextWord();
        var request = new DeleteBranchRequest
        {
            Name = (await fixture.CreateAsync(id)).Name,
            PurgeAfter = Duration.FromTimeSpan(TimeSpan.FromHours(3)),
            Reason = "it's \"done\"",
        };
        var deleted = (await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch;
        Assert.Equal(TimeSpan.FromHours(3), deleted.PurgeTime.ToDateTime() - deleted.DeleteTime.ToDateTime());
        Assert.Equal(
            request.Reason,
            await fixture.AsOwnerAsync(
                "SELECT detail ->> 'reason' FROM branching.audit_entry WHERE method = 'DeleteBranch' AND resource = "
                    + $"'{request.Name}'"
            )
        );
        var restored = (await fixture.Branches.UndeleteBranchAsync(new() { Name = request.Name }, fixture.Lab)).Branch;
        Assert.True(restored.RestoreTime >= deleted.DeleteTime);
    }

    [Fact]
    public async Task A_branch_that_somebody_committed_to_since_it_was_looked_at_stays()
    {
        var id = fixture.NextWord();
        var name = (await fixture.CreateAsync(id)).Name;
        var seen = await fixture.CommitAsync(id);
        var head = await fixture.CommitAsync(id);
        var request = new DeleteBranchRequest { Name = name, HeadVersion = seen.Value };
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.HeadMoved,
            () => fixture.Branches.DeleteBranchAsync(request, fixture.Lab)
        );
        request.HeadVersion = head.Value;
        Assert.NotNull((await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch.DeleteTime);
    }

    [Fact]
    public async Task A_deleted_branch_is_purged_only_as_it_was_looked_at()
    {
        var id = fixture.NextWord();
        var branch = await fixture.CreateAsync(id);
        var head = await fixture.CommitAsync(id);
        var deleted = (await fixture.Branches.DeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab)).Branch;
        var purge = new DeleteBranchRequest
        {
            Name = branch.Name,
            Purge = true,
            AllowMissing = true,
            Etag = branch.Etag,
        };
        await PurgeIsRefusedAsync(ErrorReason.EtagMismatch);
        (purge.Etag, purge.HeadVersion) = (deleted.Etag, head.Value + 1);
        await PurgeIsRefusedAsync(ErrorReason.HeadMoved);

        purge.HeadVersion = head.Value;
        await fixture.Branches.DeleteBranchAsync(purge, fixture.Lab);
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.GetBranchAsync(new() { Name = branch.Name }, fixture.Lab)
        );

        Task PurgeIsRefusedAsync(ErrorReason reason) =>
            RefusedAsync(StatusCode.Aborted, reason, () => fixture.Branches.DeleteBranchAsync(purge, fixture.Lab));
    }
}
