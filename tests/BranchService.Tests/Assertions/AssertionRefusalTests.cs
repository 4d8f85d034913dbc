using Dendrite.Contracts.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Assertions;

/// <summary>Bad input of each call gets its status, its reason and the field, and stores nothing.</summary>
public sealed class AssertionRefusalTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Lab = "projects/lab";
    private const string Name = "projects/lab/assertions/a";
    private const string Hostile = "projects/lab/assertions/x'; DROP TABLE branching.assertion; --";

    public static TheoryData<string, IMessage> BadCreations =>
        new()
        {
            {
                "parent",
                new CreateAssertionRequest { AssertionId = "a", Assertion = Good }
            },
            { "parent", Create(request => request.Parent = "lab") },
            { "assertion_id", Create(request => request.AssertionId = "") },
            { "assertion_id", Create(request => request.AssertionId = "Not An Id") },
            { "assertion_id", Create(request => request.AssertionId = "x'; DROP TABLE branching.assertion; --") },
            { "assertion", Create(request => request.Assertion = null) },
            { "assertion.sql", Create(request => request.Assertion.Sql = "") },
            { "assertion.sql", Create(request => request.Assertion.Sql = " \n\t") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT '\0'") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT '\u001b[2J'") },
            { "assertion.sql", Create(request => request.Assertion.Sql = $"SELECT '{new string('x', 20_000)}'") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT * FROM access.api_key") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT 1; RESET ROLE") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT pg_sleep(3600)") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "DROP TABLE branching.assertion") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT 1 / 0 AS x") },
            { "assertion.sql", Create(request => request.Assertion.Sql = "SELECT * FROM never_made") },
            { "assertion.sql", Create(request => request.Assertion.Sql = new string('(', 19_000)) },
            {
                "assertion.sql",
                Create(request => request.Assertion.Sql = "SELECT count(*) FROM generate_series(1, 1e12)")
            },
            { "assertion.description", Create(request => request.Assertion.Description = new string('x', 4_001)) },
            { "assertion.description", Create(request => request.Assertion.Description = "bell \a") },
            { "assertion.severity", Create(request => request.Assertion.Severity = (AssertionSeverity)99) },
            { "request_id", Create(request => request.RequestId = "again") },
            { "schema_source.branch", Create(request => request.SchemaSource = new()) },
            {
                "schema_source.branch",
                Create(request => request.SchemaSource = new() { Branch = "projects/other/branches/main" })
            },
            { "schema_source.point.version", Create(request => request.SchemaSource = OfMain(new() { Version = -1 })) },
            {
                "schema_source.point.tag",
                Create(request => request.SchemaSource = new() { Point = new() { Tag = "projects/other/tags/v1" } })
            },
        };

    public static TheoryData<string, IMessage> BadCalls =>
        new()
        {
            { "name", new GetAssertionRequest() },
            {
                "name",
                new GetAssertionRequest { Name = Hostile }
            },
            {
                "name",
                new GetAssertionRequest { Name = "projects/lab/assertions/../tags/a" }
            },
            {
                "parent",
                new ListAssertionsRequest { Parent = "projects/lab/assertions" }
            },
            {
                "page_size",
                new ListAssertionsRequest { Parent = Lab, PageSize = -1 }
            },
            {
                "page_token",
                new ListAssertionsRequest { Parent = Lab, PageToken = "x" }
            },
            { "assertion", new UpdateAssertionRequest() },
            { "assertion.name", Update(new() { Name = Hostile }) },
            { "assertion.sql", Update(new() { Name = Name, Sql = "SELECT set_config('role', 'postgres', false)" }) },
            { "assertion.sql", Update(new() { Name = Name }, "sql") },
            { "assertion.severity", Update(new() { Name = Name, Severity = (AssertionSeverity)(-1) }) },
            { "update_mask", Update(new() { Name = Name }, "uid") },
            { "update_mask", Update(new() { Name = Name }, "*") },
            {
                "name",
                new DeleteAssertionRequest { Name = Hostile, AllowMissing = true }
            },
            {
                "request_id",
                new DeleteAssertionRequest { Name = Name, RequestId = "x" }
            },
            { "parent", new CheckAssertionsRequest() },
            {
                "source.branch",
                new CheckAssertionsRequest { Parent = Lab, Source = new() }
            },
            {
                "assertions[0]",
                new CheckAssertionsRequest { Parent = Lab, Assertions = { Hostile } }
            },
            {
                "assertions",
                new CheckAssertionsRequest { Parent = Lab, Assertions = { "projects/other/assertions/a" } }
            },
            {
                "assertions",
                new CheckAssertionsRequest { Parent = Lab, Assertions = { Enumerable.Repeat(Name, 101) } }
            },
        };

    [Theory]
    [MemberData(nameof(BadCreations), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(BadCalls), DisableDiscoveryEnumeration = true)]
    [BadInputOf(
        "CreateAssertion",
        "GetAssertion",
        "ListAssertions",
        "UpdateAssertion",
        "DeleteAssertion",
        "CheckAssertions"
    )]
    public async Task A_bad_field_is_named_and_nothing_is_stored(string field, IMessage request)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => CallAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        var refusal = ErrorStatus.FromRpcException(failure)!;
        Assert.Equal(field, Assert.Single(refusal.FieldViolations).Field);
        Assert.Equal(0L, await fixture.AsOwnerAsync("SELECT count(*) FROM branching.assertion"));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        IMessage[] requests =
        [
            new GetAssertionRequest { Name = Name },
            new DeleteAssertionRequest { Name = Name },
            Update(new() { Name = Name, Description = "x" }),
            new CheckAssertionsRequest { Parent = Lab, Assertions = { Name } },
            new CheckAssertionsRequest
            {
                Parent = Lab,
                Source = new() { Branch = "projects/lab/branches/nowhere" },
            },
            Create(request => request.SchemaSource = new() { Branch = "projects/lab/branches/nowhere" }),
            Create(request => request.SchemaSource = OfMain(new() { Version = long.MaxValue })),
        ];
        foreach (var request in requests)
        {
            var failure = await Assert.ThrowsAsync<RpcException>(() => CallAsync(request));
            Assert.Equal(StatusCode.NotFound, failure.StatusCode);
        }
    }

    [Fact]
    public async Task Ten_megabytes_of_sql_are_refused_before_they_are_read()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() =>
            CallAsync(Create(request => request.Assertion.Sql = new string(' ', 10_000_000)))
        );

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    private static Assertion Good => new() { Sql = "SELECT 1 AS one" };

    private static SnapshotReference OfMain(SnapshotPoint point) =>
        new() { Branch = "projects/lab/branches/main", Point = point };

    private static CreateAssertionRequest Create(Action<CreateAssertionRequest> spoil)
    {
        var request = new CreateAssertionRequest
        {
            Parent = Lab,
            AssertionId = "a",
            Assertion = Good,
        };
        spoil(request);
        return request;
    }

    private static UpdateAssertionRequest Update(Assertion assertion, string? path = null) =>
        new() { Assertion = assertion, UpdateMask = path is null ? null : new FieldMask { Paths = { path } } };

    private async Task<IMessage> CallAsync(IMessage request)
    {
        var (assertions, key) = (fixture.Assertions, fixture.Lab);
        return request switch
        {
            CreateAssertionRequest create => await assertions.CreateAssertionAsync(create, key),
            GetAssertionRequest get => await assertions.GetAssertionAsync(get, key),
            ListAssertionsRequest list => await assertions.ListAssertionsAsync(list, key),
            UpdateAssertionRequest update => await assertions.UpdateAssertionAsync(update, key),
            DeleteAssertionRequest delete => await assertions.DeleteAssertionAsync(delete, key),
            _ => await assertions.CheckAssertionsAsync((CheckAssertionsRequest)request, key),
        };
    }
}
