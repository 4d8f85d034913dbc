using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.BranchService.Tests;

/// <summary>
/// Every RPC of the service with malformed, missing, contradictory, oversized and hostile arguments: the status and the
/// field are said, and nothing is stored, not even a line of the audit.
/// </summary>
public sealed partial class HostileInputTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Lab = "projects/lab";
    private const string Main = "projects/lab/branches/main";

    private static readonly string[] BadIds =
    [
        .. new[]
        {
            "",
            "Upper",
            "-x",
            "x-",
            "a/b",
            "..",
            "a b",
            "a\0",
            "a\u001b[2J",
            "ä",
            "x'; DROP TABLE branching.tag; --",
        },
        new string('x', 64),
        new string('x', 3_000_000),
    ];

    private static readonly string[] BadNames =
    [
        .. new[] { "", "lab", "projects/", "projects//branches/main", "projects/../lab", "projects/lab/branches/" },
        .. new[] { "projects/lab/branches/main/", "/projects/lab", "projects/lab\0", "projects/lab/tags/a'b" },
        new string('/', 3_000_000),
    ];

    [Fact]
    [BadInputOf(
        "RenameBranch",
        "DeleteBranch",
        "UndeleteBranch",
        "ArchiveBranch",
        "UnarchiveBranch",
        "SetBranchProtection",
        "GetBranchGraph",
        "GetTag",
        "DeleteTag",
        "GetCommit",
        "ListBranches",
        "ListTags",
        "ListCommits",
        "VerifyHistory"
    )]
    public async Task A_name_that_is_none_is_refused_by_every_call()
    {
        await NothingIsStoredAsync(async () =>
        {
            foreach (var name in BadNames)
            {
                await EachAsync(StatusCode.InvalidArgument, "name", OnOneResource(name));
                await EachAsync(StatusCode.InvalidArgument, "parent", OnParent(name));
            }
        });
    }

    [Fact]
    public async Task A_project_that_the_key_does_not_reach_is_refused_by_every_call()
    {
        await NothingIsStoredAsync(async () =>
        {
            await EachAsync(StatusCode.PermissionDenied, null, OnOneResource("projects/other/branches/main")[..10]);
            await EachAsync(StatusCode.PermissionDenied, null, OnParent("projects/other")[..5]);
            // What they would change is not even read.
            await EachAsync(StatusCode.PermissionDenied, null, UpdatesOf("projects/other", MaskOf("no_such_field")));
        });
    }

    /// <summary>Reading the metadata for each of them would take minutes.</summary>
    [Fact]
    public async Task A_mask_that_names_a_field_half_a_million_times_changes_it_once()
    {
        var metadata = new Struct { Fields = { ["a"] = Value.ForString(new('x', 60_000)) } };
        var request = new UpdateTagRequest
        {
            Tag = new() { Name = $"{Lab}/tags/no-such-tag", Metadata = metadata },
            UpdateMask = MaskOf([.. Enumerable.Repeat("metadata", 500_000)]),
        };
        var call = Unary(fixture.Tags.UpdateTagAsync(request, fixture.Lab));

        await EachAsync(StatusCode.NotFound, null, [() => call.WaitAsync(TimeSpan.FromSeconds(30))]);
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused_wherever_one_is_given()
    {
        var (branches, tags, projects) = (fixture.Branches, fixture.Tags, fixture.Projects);
        await NothingIsStoredAsync(async () =>
        {
            foreach (var id in BadIds)
            {
                await RefusedAsync(
                    "new_branch_id",
                    () => branches.RenameBranchAsync(new() { Name = Main, NewBranchId = id }, fixture.Lab)
                );
                await RefusedAsync(
                    "tag_id",
                    () =>
                        tags.CreateTagAsync(
                            new()
                            {
                                Parent = Lab,
                                TagId = id,
                                Source = Head(),
                            },
                            fixture.Lab
                        )
                );
                await RefusedAsync(
                    "project_id",
                    () => projects.CreateProjectAsync(new() { ProjectId = id }, fixture.Everywhere)
                );
                await RefusedAsync(
                    "branch_id",
                    () => branches.CreateBranchAsync(new() { Parent = Lab, BranchId = id }, fixture.Lab)
                );
            }
        });
    }

    [Fact]
    [BadInputOf("UpdateBranch", "UpdateTag")]
    public async Task A_request_id_that_is_none_is_refused_by_every_change()
    {
        var (branches, tags) = (fixture.Branches, fixture.Tags);
        const string Id = "'; SELECT pg_sleep(10); --";
        const string Tag = "projects/lab/tags/t";
        await NothingIsStoredAsync(() =>
            EachAsync(
                StatusCode.InvalidArgument,
                "request_id",
                [
                    () =>
                        Unary(
                            branches.CreateBranchAsync(
                                new()
                                {
                                    Parent = Lab,
                                    BranchId = "x",
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () =>
                        Unary(
                            branches.UpdateBranchAsync(
                                new()
                                {
                                    Branch = new() { Name = Main },
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () =>
                        Unary(
                            branches.RenameBranchAsync(
                                new()
                                {
                                    Name = Main,
                                    NewBranchId = "x",
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () => Unary(branches.DeleteBranchAsync(new() { Name = Main, RequestId = Id }, fixture.Lab)),
                    () => Unary(branches.UndeleteBranchAsync(new() { Name = Main, RequestId = Id }, fixture.Lab)),
                    () => Unary(branches.ArchiveBranchAsync(new() { Name = Main, RequestId = Id }, fixture.Lab)),
                    () => Unary(branches.UnarchiveBranchAsync(new() { Name = Main, RequestId = Id }, fixture.Lab)),
                    () => Unary(branches.SetBranchProtectionAsync(new() { Name = Main, RequestId = Id }, fixture.Lab)),
                    () =>
                        Unary(
                            branches.SetExperimentStateAsync(
                                new()
                                {
                                    Name = Main,
                                    State = ExperimentState.Running,
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () =>
                        Unary(
                            branches.ResetBranchAsync(
                                new()
                                {
                                    Name = Main,
                                    Point = new() { Version = 1 },
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () =>
                        Unary(
                            tags.CreateTagAsync(
                                new()
                                {
                                    Parent = Lab,
                                    TagId = "t",
                                    Source = Head(),
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () =>
                        Unary(
                            tags.UpdateTagAsync(
                                new()
                                {
                                    Tag = new() { Name = Tag },
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                    () => Unary(tags.DeleteTagAsync(new() { Name = Tag, RequestId = Id }, fixture.Lab)),
                    () =>
                        Unary(
                            fixture.Projects.UpdateProjectAsync(
                                new()
                                {
                                    Project = new() { Name = Lab },
                                    RequestId = Id,
                                },
                                fixture.Lab
                            )
                        ),
                ]
            )
        );
    }

    public static TheoryData<string, string> BadFields =>
        new()
        {
            { "source", "missing" },
            { "source.branch", "nothing" },
            { "source.branch", "another project" },
            { "source.point.tag", "no tag" },
            { "source.point.tag", "another project's tag" },
            { "source.point.version", "version below one" },
            { "source.point.instant", "no instant" },
            { "tag.description", "too long" },
            { "tag.labels", "no key" },
            { "tag.labels.site", "10 MB label" },
            { "tag.metadata", "too large" },
            { "tag.metadata", "nul" },
            { "tag.metadata", "not a number" },
        };

    [Theory]
    [MemberData(nameof(BadFields))]
    [BadInputOf("CreateTag")]
    public async Task A_tag_with_a_bad_field_is_not_made(string field, string what)
    {
        var request = new CreateTagRequest
        {
            Parent = Lab,
            TagId = "never",
            Source = Head(),
            Tag = new(),
        };
        Spoil(request, what);

        await NothingIsStoredAsync(() =>
            what == "10 MB label"
                ? TooLargeAsync(() => fixture.Tags.CreateTagAsync(request, fixture.Lab))
                : RefusedAsync(field, () => fixture.Tags.CreateTagAsync(request, fixture.Lab))
        );
    }

    [Fact]
    [BadInputOf("SetExperimentState", "ResetBranch", "GenerateBranchId")]
    public async Task Lifecycle_calls_name_the_field_that_is_wrong()
    {
        var branches = fixture.Branches;
        var (long4001, lab) = (new string('x', 4_001), fixture.Lab);
        await NothingIsStoredAsync(async () =>
        {
            await RefusedAsync("state", () => branches.SetExperimentStateAsync(new() { Name = Main }, lab));
            await RefusedAsync(
                "state",
                () => branches.SetExperimentStateAsync(new() { Name = Main, State = (ExperimentState)9 }, lab)
            );
            await RefusedAsync(
                "reason",
                () =>
                    branches.SetExperimentStateAsync(
                        new()
                        {
                            Name = Main,
                            State = ExperimentState.Failed,
                            Reason = long4001,
                        },
                        lab
                    )
            );
            await RefusedAsync("point", () => branches.ResetBranchAsync(new() { Name = Main }, lab));
            await RefusedAsync("point", () => branches.ResetBranchAsync(new() { Name = Main, Point = new() }, lab));
            await RefusedAsync(
                "point.version",
                () =>
                    branches.ResetBranchAsync(
                        new()
                        {
                            Name = Main,
                            Point = new() { Version = -1 },
                        },
                        lab
                    )
            );
            await RefusedAsync(
                "message",
                () =>
                    branches.ResetBranchAsync(
                        new()
                        {
                            Name = Main,
                            Point = new() { Version = 1 },
                            Message = "\u0007",
                        },
                        lab
                    )
            );
            await RefusedAsync("kind", () => branches.GenerateBranchIdAsync(new() { Parent = Lab }, lab));
            await RefusedAsync(
                "kind",
                () => branches.GenerateBranchIdAsync(new() { Parent = Lab, Kind = BranchKind.Main }, lab)
            );
            await RefusedAsync(
                "template_values",
                () =>
                    branches.CreateBranchAsync(
                        new()
                        {
                            Parent = Lab,
                            BranchId = "x",
                            TemplateValues = { ["a"] = "b" },
                        },
                        lab
                    )
            );
            await RefusedAsync("branch", () => branches.UpdateBranchAsync(new(), lab));
            await RefusedAsync("tag", () => fixture.Tags.UpdateTagAsync(new(), lab));
            await RefusedAsync("project", () => fixture.Projects.UpdateProjectAsync(new(), lab));
            await RefusedAsync("filter", () => fixture.Tags.ListTagsAsync(new() { Parent = Lab, Filter = "x" }, lab));
            await RefusedAsync(
                "order_by",
                () => fixture.Tags.ListTagsAsync(new() { Parent = Lab, OrderBy = "x" }, lab)
            );
            await RefusedAsync(
                "page_size",
                () => fixture.Tags.ListTagsAsync(new() { Parent = Lab, PageSize = -1 }, lab)
            );
            await RefusedAsync(
                "filter",
                () => fixture.History.ListCommitsAsync(new() { Parent = Main, Filter = "kind = 1" }, lab)
            );
            await RefusedAsync(
                "at.tag",
                () =>
                    fixture.History.ListCommitsAsync(
                        new()
                        {
                            Parent = Main,
                            At = new() { Tag = "x" },
                        },
                        lab
                    )
            );
        });
    }
}
