using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using OperationState = Dendrite.V1.OperationState;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>Makes checks and runs them. Names begin with the test's own word, so that tests can share a
/// project.</summary>
public sealed class QualityBench(ComparisonFixture lab, string word)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Branch => $"{word}-data";

    private CallOptions Options => new(lab.Key, cancellationToken: Token);

    private CallOptions AsAdministrator => new(lab.AdministratorKey, cancellationToken: Token);

    /// <param name="against">Whose datasets SQL must fit; null: main's.</param>
    public async Task<QualityCheck> CreateAsync(string id, QualityCheck check, string? against = null)
    {
        var request = new CreateQualityCheckRequest
        {
            Parent = "projects/lab",
            QualityCheckId = $"{word}-{id}",
            QualityCheck = check,
            SchemaSource = against is null ? null : new() { Branch = $"projects/lab/branches/{against}" },
        };
        return (await lab.Quality.CreateQualityCheckAsync(request, AsAdministrator)).QualityCheck;
    }

    public async Task<Operation> StartAsync(params IEnumerable<QualityCheck> checks)
    {
        var request = new RunQualityChecksRequest
        {
            Parent = "projects/lab",
            Snapshot = new() { Branch = $"projects/lab/branches/{Branch}" },
        };
        request.Checks.AddRange(checks.Select(check => check.Name));
        return (await lab.Quality.RunQualityChecksAsync(request, Options)).Operation;
    }

    public async Task<QualityResult> RunAsync(params IEnumerable<QualityCheck> checks)
    {
        var started = await StartAsync(checks);
        var request = new WaitOperationRequest
        {
            Name = started.Name,
            Timeout = new Duration { Seconds = 60 },
        };
        var done = (await lab.Operations.WaitOperationAsync(request, Options)).Operation;
        Assert.Equal(OperationState.Succeeded, done.State);
        return done.Response.Unpack<QualityResult>();
    }

    public async Task<ListQualityResultsResponse> ListAsync(string filter = "", int size = 0, string token = "") =>
        await lab.Quality.ListQualityResultsAsync(
            new()
            {
                Parent = "projects/lab",
                Filter = filter,
                PageSize = size,
                PageToken = token,
            },
            Options
        );
}
