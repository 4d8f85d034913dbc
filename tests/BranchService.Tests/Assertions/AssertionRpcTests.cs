using Dendrite.BranchService.Tests.Merging;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Assertions;

public sealed class AssertionRpcTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Lab = "projects/lab";
    private const string Nothing = "SELECT 1 AS one WHERE false";

    [Fact]
    public async Task An_assertion_is_registered_found_listed_changed_and_deleted_and_each_change_is_audited()
    {
        var made = await CreateAsync("one-life", "SELECT 1 AS one", "Nothing is one.");
        Assert.Equal((AssertionSeverity.Error, "a test"), (made.Severity, made.Creator));
        Assert.Equal(made, (await GetAsync(made.Name)).Assertion);
        Assert.Contains(made, (await ListAsync()).Assertions);

        var changed = await fixture.Assertions.UpdateAssertionAsync(
            new()
            {
                Assertion = new()
                {
                    Name = made.Name,
                    Sql = Nothing,
                    Severity = AssertionSeverity.Warning,
                    Etag = made.Etag,
                },
            },
            fixture.Lab
        );
        Assert.Equal(
            (Nothing, "Nothing is one.", AssertionSeverity.Warning),
            (changed.Assertion.Sql, changed.Assertion.Description, changed.Assertion.Severity)
        );
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.EtagMismatch,
            () => fixture.Assertions.DeleteAssertionAsync(new() { Name = made.Name, Etag = made.Etag }, fixture.Lab)
        );
        await fixture.Assertions.DeleteAssertionAsync(new() { Name = made.Name }, fixture.Lab);

        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.AssertionNotFound,
            () => fixture.Assertions.GetAssertionAsync(new() { Name = made.Name }, fixture.Lab)
        );
        await fixture.Assertions.DeleteAssertionAsync(new() { Name = made.Name, AllowMissing = true }, fixture.Lab);
        Assert.Equal(
            "CreateAssertion UpdateAssertion DeleteAssertion",
            await fixture.AsOwnerAsync(
                $"""
                SELECT string_agg(method, ' ' ORDER BY audit_entry_id) FROM branching.audit_entry
                WHERE resource = '{made.Name}' AND actor = 'a test'
                """
            )
        );
    }

    [Fact]
    public async Task A_repeated_request_is_answered_and_not_done_again()
    {
        var request = new CreateAssertionRequest
        {
            Parent = Lab,
            AssertionId = "repeated",
            Assertion = new() { Sql = Nothing },
            RequestId = "7d3f9a0e-0000-4000-8000-0000000000b1",
        };

        var first = await fixture.Assertions.CreateAssertionAsync(request, fixture.Lab);
        var second = await fixture.Assertions.CreateAssertionAsync(request, fixture.Lab);

        Assert.Equal(first, second);
        request.RequestId = "";
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.AlreadyExists,
            () => fixture.Assertions.CreateAssertionAsync(request, fixture.Lab)
        );
    }

    [Fact]
    public async Task Only_administrators_of_the_project_register_change_and_delete_and_others_may_look_and_check()
    {
        var made = await CreateAsync("guarded", Nothing);
        var key = fixture.Member;
        await DeniedAsync(() =>
            fixture.Assertions.CreateAssertionAsync(
                new()
                {
                    Parent = Lab,
                    AssertionId = "denied",
                    Assertion = new() { Sql = Nothing },
                },
                key
            )
        );
        await DeniedAsync(() =>
            fixture.Assertions.UpdateAssertionAsync(
                new()
                {
                    Assertion = new() { Name = made.Name, Description = "x" },
                },
                key
            )
        );
        await DeniedAsync(() => fixture.Assertions.DeleteAssertionAsync(new() { Name = made.Name }, key));

        Assert.Equal(
            made,
            (await fixture.Assertions.GetAssertionAsync(new() { Name = made.Name }, fixture.Member)).Assertion
        );
        var results = await fixture.Assertions.CheckAssertionsAsync(
            new() { Parent = Lab, Assertions = { made.Name } },
            fixture.Member
        );
        Assert.True(Assert.Single(results.Results).Holds);
        await DeniedAsync(() =>
            fixture.Assertions.ListAssertionsAsync(new() { Parent = "projects/other" }, fixture.Member)
        );
    }

    [Fact]
    public async Task Assertions_are_checked_on_any_state_and_say_how_long_they_ran()
    {
        var trial = await Trial.CreateAsync(fixture, "states");
        await using var assertions = new TrialAssertions(fixture, trial);
        var young = await assertions.AddAsync("young", "SELECT id FROM subject WHERE age > 55");
        var before = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s1", 99, "placebo", "c1"));
        await fixture.TagAsync("states-old", new() { Branch = trial.Branch("target") });
        await trial.PutAsync("target", ("s1", 40, "placebo", "c1"));

        async Task<bool> HoldsAsync(SnapshotPoint? point)
        {
            var source = new SnapshotReference { Branch = trial.Branch("target"), Point = point };
            var request = new CheckAssertionsRequest
            {
                Parent = Lab,
                Source = source,
                Assertions = { young.Name },
            };
            var result = Assert.Single((await fixture.Assertions.CheckAssertionsAsync(request, fixture.Lab)).Results);
            Assert.True(result.RunDuration.ToTimeSpan() > TimeSpan.Zero);
            Assert.Equal(result.Holds, result.Failure is null);
            return result.Holds;
        }

        Assert.True(await HoldsAsync(null));
        Assert.True(await HoldsAsync(new() { Version = before }));
        Assert.False(await HoldsAsync(new() { Tag = "projects/lab/tags/states-old" }));
    }

    [Fact]
    public async Task A_hundred_assertions_are_enough()
    {
        await fixture.AsOwnerAsync(
            """
            INSERT INTO branching.assertion (project_id, name, uid, sql, severity, creator)
            SELECT (SELECT project_id FROM branching.project WHERE name = 'other'), 'a' || n, gen_random_uuid(),
                'SELECT 1', 'error', 'x'
            FROM generate_series(1, 100) AS n
            """
        );

        await RefusedAsync(
            StatusCode.ResourceExhausted,
            ErrorReason.QuotaExceeded,
            () =>
                fixture.Assertions.CreateAssertionAsync(
                    new()
                    {
                        Parent = "projects/other",
                        AssertionId = "one-more",
                        Assertion = new() { Sql = Nothing },
                    },
                    fixture.Everywhere
                )
        );
        var page = await fixture.Assertions.ListAssertionsAsync(
            new() { Parent = "projects/other", PageSize = 60 },
            fixture.Everywhere
        );
        var rest = await fixture.Assertions.ListAssertionsAsync(
            new()
            {
                Parent = "projects/other",
                PageSize = 60,
                PageToken = page.NextPageToken,
            },
            fixture.Everywhere
        );
        Assert.Equal((60, 40, ""), (page.Assertions.Count, rest.Assertions.Count, rest.NextPageToken));
    }

    private static Task DeniedAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        RefusedAsync(StatusCode.PermissionDenied, ErrorReason.PermissionDenied, call);

    private async Task<Assertion> CreateAsync(string id, string sql, string description = "") =>
        (
            await fixture.Assertions.CreateAssertionAsync(
                new()
                {
                    Parent = Lab,
                    AssertionId = id,
                    Assertion = new() { Sql = sql, Description = description },
                },
                fixture.Lab
            )
        ).Assertion;

    private async Task<GetAssertionResponse> GetAsync(string name) =>
        await fixture.Assertions.GetAssertionAsync(new() { Name = name }, fixture.Lab);

    private async Task<ListAssertionsResponse> ListAsync() =>
        await fixture.Assertions.ListAssertionsAsync(new() { Parent = Lab }, fixture.Lab);
}
