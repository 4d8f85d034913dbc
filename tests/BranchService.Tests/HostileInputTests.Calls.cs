using Dendrite.Contracts.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.BranchService.Tests;

public sealed partial class HostileInputTests
{
    private static SnapshotReference Head() => new() { Branch = Main };

    private static void Spoil(CreateTagRequest request, string what)
    {
        var nested = new Struct { Fields = { ["a"] = Value.ForList(Value.ForString("a\0b")) } };
        switch (what)
        {
            case "missing":
                request.Source = null;
                break;
            case "nothing":
                request.Source = new();
                break;
            case "another project":
                request.Source.Branch = "projects/other/branches/main";
                break;
            case "no tag":
                request.Source.Point = new() { Tag = "v1" };
                break;
            case "another project's tag":
                request.Source.Point = new() { Tag = "projects/other/tags/v1" };
                break;
            case "version below one":
                request.Source.Point = new() { Version = 0 };
                break;
            case "no instant":
                request.Source.Point = new() { Instant = new() { Seconds = long.MaxValue } };
                break;
            case "too long":
                request.Tag.Description = new string('x', 4_001);
                break;
            case "no key":
                request.Tag.Labels["a' OR '1'='1"] = "";
                break;
            case "10 MB label":
                request.Tag.Labels["site"] = new string('x', 10_000_000);
                break;
            case "too large":
                request.Tag.Metadata = new() { Fields = { ["a"] = Value.ForString(new('x', 70_000)) } };
                break;
            case "nul":
                request.Tag.Metadata = nested;
                break;
            default:
                request.Tag.Metadata = new() { Fields = { ["a"] = Value.ForNumber(double.NaN) } };
                break;
        }
    }

    /// <summary>The first ten are of a branch's name.</summary>
    private Func<Task>[] OnOneResource(string name)
    {
        var (branches, lab) = (fixture.Branches, fixture.Lab);
        return
        [
            () => Unary(branches.GetBranchAsync(new() { Name = name }, lab)),
            () => Unary(branches.RenameBranchAsync(new() { Name = name, NewBranchId = "x" }, lab)),
            () => Unary(branches.DeleteBranchAsync(new() { Name = name, AllowMissing = true }, lab)),
            () => Unary(branches.UndeleteBranchAsync(new() { Name = name }, lab)),
            () => Unary(branches.ArchiveBranchAsync(new() { Name = name }, lab)),
            () => Unary(branches.UnarchiveBranchAsync(new() { Name = name }, lab)),
            () => Unary(branches.SetBranchProtectionAsync(new() { Name = name, Protected = true }, lab)),
            () => Unary(branches.SetExperimentStateAsync(new() { Name = name, State = ExperimentState.Failed }, lab)),
            () =>
                Unary(
                    branches.ResetBranchAsync(
                        new()
                        {
                            Name = name,
                            Point = new() { Version = 1 },
                        },
                        lab
                    )
                ),
            () => Unary(branches.GetBranchGraphAsync(new() { Name = name }, lab)),
            () => Unary(fixture.Tags.GetTagAsync(new() { Name = name }, lab)),
            () => Unary(fixture.Tags.DeleteTagAsync(new() { Name = name, AllowMissing = true }, lab)),
            () => Unary(fixture.History.GetCommitAsync(new() { Name = name }, lab)),
        ];
    }

    /// <summary>The first five are of a project's name, the rest of a branch's.</summary>
    private Func<Task>[] OnParent(string parent)
    {
        var (branches, tags, lab) = (fixture.Branches, fixture.Tags, fixture.Lab);
        return
        [
            () => Unary(branches.CreateBranchAsync(new() { Parent = parent, BranchId = "x" }, lab)),
            () => Unary(branches.ListBranchesAsync(new() { Parent = parent }, lab)),
            () => Unary(branches.GenerateBranchIdAsync(new() { Parent = parent, Kind = BranchKind.Trial }, lab)),
            () =>
                Unary(
                    tags.CreateTagAsync(
                        new()
                        {
                            Parent = parent,
                            TagId = "x",
                            Source = OfProject(parent),
                        },
                        lab
                    )
                ),
            () => Unary(tags.ListTagsAsync(new() { Parent = parent }, lab)),
            () => Unary(fixture.History.ListCommitsAsync(new() { Parent = parent }, lab)),
            async () =>
            {
                using var call = fixture.History.VerifyHistory(new() { Parent = parent }, lab);
                await call.ResponseStream.MoveNext(default);
            },
        ];
    }

    private Func<Task>[] UpdatesOf(string project, FieldMask mask)
    {
        var ofTag = new UpdateTagRequest
        {
            Tag = new() { Name = $"{project}/tags/t" },
            UpdateMask = mask,
        };
        var ofProject = new UpdateProjectRequest
        {
            Project = new() { Name = project },
            UpdateMask = mask,
        };
        return
        [
            () => Unary(fixture.Tags.UpdateTagAsync(ofTag, fixture.Lab)),
            () => Unary(fixture.Projects.UpdateProjectAsync(ofProject, fixture.Lab)),
        ];
    }

    private static FieldMask MaskOf(params string[] paths) => new() { Paths = { paths } };

    private static SnapshotReference OfProject(string parent) =>
        parent == "projects/other" ? new() { Branch = "projects/other/branches/main" } : Head();

    private static async Task Unary<T>(AsyncUnaryCall<T> call) => await call;

    private static async Task EachAsync(StatusCode status, string? field, Func<Task>[] calls)
    {
        foreach (var call in calls)
        {
            var failure = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(status, failure.StatusCode);
            if (field is not null)
            {
                Assert.Equal(field, Assert.Single(ErrorStatus.FromRpcException(failure)!.FieldViolations).Field);
            }
        }
    }

    private static Task RefusedAsync<T>(string field, Func<AsyncUnaryCall<T>> call) =>
        EachAsync(StatusCode.InvalidArgument, field, [() => Unary(call())]);

    /// <summary>More than a message may have is refused before it is read.</summary>
    private static async Task TooLargeAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call());
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    private async Task NothingIsStoredAsync(Func<Task> calls)
    {
        const string Count = """
            SELECT format('%s %s %s %s %s %s',
                (SELECT count(*) FROM branching.project), (SELECT count(*) FROM branching.branch),
                (SELECT sum(revision) FROM branching.branch), (SELECT count(*) FROM branching.tag),
                (SELECT count(*) FROM branching.request), (SELECT count(*) FROM branching.audit_entry))
            """;
        var before = await fixture.AsOwnerAsync(Count);
        await calls();
        Assert.Equal(before, await fixture.AsOwnerAsync(Count));
    }
}
