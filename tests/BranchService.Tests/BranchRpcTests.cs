using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class BranchRpcTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_branch_is_made_found_changed_deleted_and_restored()
    {
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = "whole-life",
            Branch = new()
            {
                DisplayName = "Sleep µ",
                Kind = BranchKind.Trial,
                Labels = { ["site"] = "berlin" },
            },
        };

        var created = (await fixture.Branches.CreateBranchAsync(request, fixture.Lab)).Branch;

        Assert.Equal("projects/lab/branches/whole-life", created.Name);
        Assert.Equal(("Sleep µ", BranchKind.Trial, "a test"), (created.DisplayName, created.Kind, created.Owner));
        Assert.Equal("projects/lab/branches/main", created.ForkPoint.Branch);
        Assert.Equal(BranchState.Active, created.State);
        Assert.Equal(created, await GetAsync(created.Name));

        var update = new UpdateBranchRequest
        {
            Branch = new()
            {
                Name = created.Name,
                Description = "second night",
                Etag = created.Etag,
            },
        };
        var updated = (await fixture.Branches.UpdateBranchAsync(update, fixture.Lab)).Branch;
        Assert.Equal(("Sleep µ", "second night"), (updated.DisplayName, updated.Description));
        Assert.NotEqual(created.Etag, updated.Etag);

        var deleted = (await fixture.Branches.DeleteBranchAsync(new() { Name = created.Name }, fixture.Lab)).Branch;
        Assert.Equal(BranchState.Deleted, deleted.State);
        Assert.Equal(TimeSpan.FromDays(30), (deleted.PurgeTime - deleted.DeleteTime).ToTimeSpan());
        Assert.Equal(deleted, await GetAsync(created.Name));

        var restored = (await fixture.Branches.UndeleteBranchAsync(new() { Name = created.Name }, fixture.Lab)).Branch;
        Assert.Equal((BranchState.Active, created.Uid), (restored.State, restored.Uid));
    }

    [Fact]
    public async Task A_branch_is_forked_from_a_version_and_from_an_instant()
    {
        await fixture.CreateAsync("forked");
        var first = await fixture.CommitAsync("forked");
        var instant = (await GetAsync("projects/lab/branches/forked")).HeadTime;
        await fixture.CommitAsync("forked");

        var byVersion = await fixture.CreateAsync("by-version", At(new() { Version = first.Value }));
        var byInstant = await fixture.CreateAsync("by-instant", At(new() { Instant = instant }));

        Assert.Equal(first.Value, byVersion.ForkPoint.Version);
        Assert.Equal(first.Value, byVersion.HeadVersion);
        Assert.Equal(byVersion.HeadVersion, byInstant.HeadVersion);

        static SnapshotReference At(SnapshotPoint point) =>
            new() { Branch = "projects/lab/branches/forked", Point = point };
    }

    [Fact]
    public async Task A_repeated_request_is_answered_and_not_done_again()
    {
        var create = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = "repeated",
            RequestId = "6e9ae0d6-7d43-4c9d-9a43-1f7c56c6f1a1",
            Branch = new() { Labels = { ["b"] = "1", ["a"] = "2" } },
        };
        var first = await fixture.Branches.CreateBranchAsync(create, fixture.Lab);

        // The same request, though another library may write its map in another order.
        create.Branch.Labels.Clear();
        create.Branch.Labels.Add(new Dictionary<string, string> { ["a"] = "2", ["b"] = "1" });
        var second = await fixture.Branches.CreateBranchAsync(create, fixture.Lab);
        Assert.Equal(first, second);

        create.BranchId = "repeated-otherwise";
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.RequestIdReused,
            () => fixture.Branches.CreateBranchAsync(create, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_repeated_deletion_is_answered_with_the_same_branch()
    {
        var name = (await fixture.CreateAsync("deleted-twice")).Name;
        var delete = new DeleteBranchRequest { Name = name, RequestId = "e3c5b1b2-98a7-4c0e-8f0e-b6a5b7f0a1de" };

        var first = await fixture.Branches.DeleteBranchAsync(delete, fixture.Lab);
        var second = await fixture.Branches.DeleteBranchAsync(delete, fixture.Lab);

        Assert.Equal(first, second);
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.DeleteBranchAsync(new() { Name = name }, fixture.Lab)
        );
        var allowed = new DeleteBranchRequest { Name = name, AllowMissing = true };
        Assert.Equal(first.Branch, (await fixture.Branches.DeleteBranchAsync(allowed, fixture.Lab)).Branch);
    }

    [Fact]
    public async Task Main_cannot_be_deleted()
    {
        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () => fixture.Branches.DeleteBranchAsync(new() { Name = "projects/lab/branches/main" }, fixture.Lab)
        );

        Assert.Contains("'main' is protected", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_with_an_old_etag_is_refused()
    {
        var branch = await fixture.CreateAsync("etags");
        var update = new UpdateBranchRequest
        {
            Branch = new()
            {
                Name = branch.Name,
                DisplayName = "first",
                Etag = branch.Etag,
            },
        };
        await fixture.Branches.UpdateBranchAsync(update, fixture.Lab);

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.EtagMismatch,
            () => fixture.Branches.UpdateBranchAsync(update, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_mask_can_take_a_value_away()
    {
        var branch = await fixture.CreateAsync("masks");
        var update = new UpdateBranchRequest
        {
            Branch = new() { Name = branch.Name, Ttl = Duration.FromTimeSpan(TimeSpan.FromDays(1)) },
        };
        Assert.NotNull((await fixture.Branches.UpdateBranchAsync(update, fixture.Lab)).Branch.ExpireTime);

        update.Branch.Ttl = null;
        update.UpdateMask = FieldMask.FromString("expire_time");

        Assert.Null((await fixture.Branches.UpdateBranchAsync(update, fixture.Lab)).Branch.ExpireTime);
    }

    [Fact]
    public async Task A_mask_takes_one_of_the_two_ways_to_say_an_expiry_and_leaves_the_other()
    {
        var branch = await fixture.CreateAsync("lived");
        var (day, week) = (TimeSpan.FromDays(1), TimeSpan.FromDays(7));
        branch.Ttl = Duration.FromTimeSpan(day);
        branch = await UpdateAsync(branch, "ttl");
        var inADay = branch.ExpireTime;

        // As it was read, with the time it has.
        branch.Ttl = Duration.FromTimeSpan(week);
        branch = await UpdateAsync(branch, "ttl");
        Assert.True(branch.ExpireTime.ToDateTime() - inADay.ToDateTime() >= week - day);

        branch.Ttl = Duration.FromTimeSpan(day);
        branch.ExpireTime = inADay;
        Assert.Equal(inADay, (await UpdateAsync(branch.Clone(), "expire_time")).ExpireTime);

        branch.Etag = "";
        foreach (var both in new[] { "ttl,expire_time", "" })
        {
            var refusal = await RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorReason.InvalidArgument,
                () => fixture.Branches.UpdateBranchAsync(Masked(branch, both), fixture.Lab)
            );
            Assert.Equal("branch.ttl", Assert.Single(refusal.FieldViolations).Field);
        }
    }

    [Fact]
    public async Task Main_keeps_its_kind_and_is_sent_back_as_it_was_read()
    {
        var main = await GetAsync("projects/lab/branches/main");
        main.Description = "where everything comes back to";
        Assert.Equal(main.Description, (await UpdateAsync(main, "")).Description);

        foreach (var mask in new[] { "", "kind" })
        {
            var otherwise = new Branch { Name = main.Name, Kind = BranchKind.Experiment };
            await RefusedAsync(
                StatusCode.FailedPrecondition,
                ErrorReason.BranchProtected,
                () => fixture.Branches.UpdateBranchAsync(Masked(otherwise, mask), fixture.Lab)
            );
        }

        var second = new Branch { Name = (await fixture.CreateAsync("second")).Name, Kind = BranchKind.Main };
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Branches.UpdateBranchAsync(Masked(second, ""), fixture.Lab)
        );
    }

    [Fact]
    public async Task Validation_only_makes_nothing()
    {
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = "only-checked",
            ValidateOnly = true,
        };

        Assert.Equal(
            "projects/lab/branches/only-checked",
            (await fixture.Branches.CreateBranchAsync(request, fixture.Lab)).Branch.Name
        );
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.GetBranchAsync(new() { Name = "projects/lab/branches/only-checked" }, fixture.Lab)
        );
    }

    private async Task<Branch> GetAsync(string name) =>
        (await fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab)).Branch;

    private async Task<Branch> UpdateAsync(Branch branch, string mask) =>
        (await fixture.Branches.UpdateBranchAsync(Masked(branch, mask), fixture.Lab)).Branch;

    /// <summary>An update of these fields; of those that are set where the mask is empty.</summary>
    private static UpdateBranchRequest Masked(Branch branch, string mask) =>
        new() { Branch = branch, UpdateMask = mask.Length == 0 ? null : FieldMask.FromString(mask) };
}
