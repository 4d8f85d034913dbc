using Dendrite.BranchService.Tests.Merging;
using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Assertions;

/// <summary>A service that was given no session to run assertions in.</summary>
public sealed class UnequippedService : BranchServiceFixture
{
    protected override IReadOnlyDictionary<string, string?> SettingsOf(TestDatabase database) =>
        new Dictionary<string, string?>();
}

public sealed class UnequippedServiceTests(UnequippedService service) : IClassFixture<UnequippedService>
{
    [Fact]
    public async Task Without_assertions_it_merges_and_with_one_it_refuses_rather_than_let_it_pass()
    {
        var trial = await Trial.CreateAsync(service, "bare");
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var merged = await service.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, service.Lab);
        Assert.Equal(MergeOutcome.FastForward, merged.Outcome);

        await RefusedAsync(() =>
            service.Assertions.CreateAssertionAsync(
                new()
                {
                    Parent = "projects/lab",
                    AssertionId = "never",
                    Assertion = new() { Sql = "SELECT 1 AS one" },
                },
                service.Lab
            )
        );
        await service.AsOwnerAsync(
            """
            INSERT INTO branching.assertion (project_id, name, uid, sql, severity, creator)
            SELECT project_id, 'never', gen_random_uuid(), 'SELECT 1 AS one WHERE false', 'error', 'another replica'
            FROM branching.project WHERE name = 'lab'
            """
        );
        await trial.PutAsync("source", ("s4", 60, "active", "c4"));
        var before = await trial.HeadVersionAsync("target");

        await RefusedAsync(() => service.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, service.Lab));

        Assert.Equal(before, await trial.HeadVersionAsync("target"));
    }

    private static async Task RefusedAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        var refusal = await BranchServiceFixture.RefusedAsync(
            StatusCode.Unimplemented,
            ErrorReason.NotImplemented,
            call
        );
        Assert.Contains("ConnectionStrings:assertions", refusal.Message, StringComparison.Ordinal);
    }
}
