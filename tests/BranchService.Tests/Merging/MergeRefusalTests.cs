using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Bad input of each call gets its status, its reason and the field, and stores nothing.</summary>
public sealed class MergeRefusalTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Main = "projects/lab/branches/main";
    private const string Other = "projects/lab/branches/other";
    private const string Hostile = "projects/lab/branches/x'; DROP TABLE branching.merge; --";

    public static TheoryData<string, IMessage> BadRequests =>
        new()
        {
            { "pair", new MergeBranchRequest() },
            { "pair.source", Merge(new() { Target = Main }) },
            { "pair.source", Merge(new() { Source = Hostile, Target = Main }) },
            { "pair.source", Merge(new() { Source = Main, Target = Main }) },
            { "pair.source", Merge(new() { Source = "projects/other/branches/main", Target = Main }) },
            { "pair.target", Merge(new() { Source = Other, Target = "../main" }) },
            {
                "pair.source_point.version",
                Merge(
                    new()
                    {
                        Source = Other,
                        Target = Main,
                        SourcePoint = new() { Version = -1 },
                    }
                )
            },
            { "message", Merge(Pair, message: new string('x', 4_001)) },
            { "message", Merge(Pair, message: "bell \a") },
            { "request_id", Merge(Pair, requestId: "again") },
            { "policy.strategy", Merge(Pair, new() { Strategy = (MergeStrategy)99 }) },
            { "policy.columns[0]", Merge(Pair, new() { Columns = { new ColumnMerge() } }) },
            {
                "policy.columns[0].strategy",
                Merge(
                    Pair,
                    new()
                    {
                        Columns =
                        {
                            new ColumnMerge { DatasetId = "d", Column = "c" },
                        },
                    }
                )
            },
            {
                "policy.resolutions[0].conflict_id",
                Merge(Pair, new() { Resolutions = { new Resolution { ConflictId = "' OR 1=1" } } })
            },
            { "policy.resolutions[0]", Merge(Pair, new() { Resolutions = { Undecided } }) },
            { "policy.resolutions", Merge(Pair, new() { Resolutions = { Enumerable.Repeat(Undecided, 1_001) } }) },
            {
                "page_size",
                new PreviewMergeRequest { Pair = Pair, PageSize = -1 }
            },
            {
                "page_token",
                new PreviewMergeRequest { Pair = Pair, PageToken = "x" }
            },
            {
                "tag_id",
                new FinalizeBranchRequest { Pair = Pair, TagId = "Not An Id" }
            },
            { "parent", new CreateMergeRequest() },
            {
                "merge",
                new CreateMergeRequest { Parent = "projects/lab" }
            },
            {
                "merge.pair",
                new CreateMergeRequest { Parent = "projects/lab", Merge = new() }
            },
            {
                "name",
                new GetMergeRequest { Name = "projects/lab/merges/" }
            },
            {
                "parent",
                new ListMergesRequest { Parent = "lab" }
            },
            {
                "filter",
                new ListMergesRequest { Parent = "projects/lab", Filter = "colour = red" }
            },
            {
                "filter",
                new ListMergesRequest { Parent = "projects/lab", Filter = "state > WAITING" }
            },
            {
                "filter",
                new ListConflictsRequest { Parent = "projects/lab/merges/m1", Filter = "kind > CELL" }
            },
            {
                "resolutions",
                new ResolveConflictsRequest { Name = "projects/lab/merges/m1" }
            },
            {
                "commit",
                new RevertCommitRequest { Branch = Main, Commit = "HEAD" }
            },
            {
                "branch",
                new RevertCommitRequest { Commit = $"{Main}/commits/1" }
            },
            {
                "commit",
                new RevertCommitRequest { Branch = Main, Commit = "projects/other/branches/main/commits/1" }
            },
            {
                "source",
                new PickRecordsRequest { Target = Main }
            },
            { "dataset_id", Pick(new() { Target = Main }) },
            { "dataset_id", Pick(new() { Target = Main, DatasetId = "No Id" }) },
            { "filter", Pick(new() { Target = Main, Filter = "a = " }) },
            {
                "record_ids",
                Pick(
                    new()
                    {
                        Target = Main,
                        RecordIds = { "a" },
                        Filter = "a = 1",
                        DatasetId = "d",
                    }
                )
            },
        };

    [Theory]
    [MemberData(nameof(BadRequests), DisableDiscoveryEnumeration = true)]
    [BadInputOf(
        "PreviewMerge",
        "MergeBranch",
        "FinalizeBranch",
        "CreateMerge",
        "GetMerge",
        "ListMerges",
        "ListConflicts",
        "RevertCommit",
        "PickRecords"
    )]
    public async Task A_bad_field_is_named(string field, IMessage request)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => CallAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        var refusal = Contracts.Errors.ErrorStatus.FromRpcException(failure)!;
        Assert.Equal(field, Assert.Single(refusal.FieldViolations).Field);
        Assert.Equal(0L, await fixture.AsOwnerAsync("SELECT count(*) FROM branching.merge"));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = Pair }, fixture.Lab)
        );
        foreach (var name in new[] { "m1", "m99999999999999999999", "merge" })
        {
            await RefusedAsync(
                StatusCode.NotFound,
                ErrorReason.MergeNotFound,
                () => fixture.Merges.GetMergeAsync(new() { Name = $"projects/lab/merges/{name}" }, fixture.Lab)
            );
        }

        var open = (await fixture.CreateAsync(fixture.NextWord())).Name;
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.CommitNotFound,
            () =>
                fixture.Merges.RevertCommitAsync(
                    new() { Branch = open, Commit = $"{open}/commits/999999" },
                    fixture.Lab
                )
        );
    }

    [Fact]
    public async Task Another_project_is_out_of_reach()
    {
        var pair = new MergePair { Source = "projects/other/branches/a", Target = "projects/other/branches/main" };

        await RefusedAsync(
            StatusCode.PermissionDenied,
            ErrorReason.PermissionDenied,
            () => fixture.Merges.PreviewMergeAsync(new() { Pair = pair }, fixture.Lab)
        );
    }

    private static MergePair Pair => new() { Source = Other, Target = Main };

    private static Resolution Undecided => new() { ConflictId = new string('0', 32) };

    private static MergeBranchRequest Merge(
        MergePair pair,
        MergePolicy? policy = null,
        string message = "",
        string requestId = ""
    ) =>
        new()
        {
            Pair = pair,
            Policy = policy,
            Message = message,
            RequestId = requestId,
        };

    private static PickRecordsRequest Pick(PickRecordsRequest request)
    {
        request.Source = new() { Branch = Main };
        return request;
    }

    private async Task<IMessage> CallAsync(IMessage request) =>
        request switch
        {
            MergeBranchRequest r => await fixture.Merges.MergeBranchAsync(r, fixture.Lab),
            PreviewMergeRequest r => await fixture.Merges.PreviewMergeAsync(r, fixture.Lab),
            FinalizeBranchRequest r => await fixture.Merges.FinalizeBranchAsync(r, fixture.Lab),
            CreateMergeRequest r => await fixture.Merges.CreateMergeAsync(r, fixture.Lab),
            GetMergeRequest r => await fixture.Merges.GetMergeAsync(r, fixture.Lab),
            ListMergesRequest r => await fixture.Merges.ListMergesAsync(r, fixture.Lab),
            ListConflictsRequest r => await fixture.Merges.ListConflictsAsync(r, fixture.Lab),
            ResolveConflictsRequest r => await fixture.Merges.ResolveConflictsAsync(r, fixture.Lab),
            RevertCommitRequest r => await fixture.Merges.RevertCommitAsync(r, fixture.Lab),
            PickRecordsRequest r => await fixture.Merges.PickRecordsAsync(r, fixture.Lab),
            _ => throw new ArgumentOutOfRangeException(nameof(request), request, "no call takes it"),
        };
}
