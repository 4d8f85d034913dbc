using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tests.Operations;

/// <summary>Operations as JSON hold what they made, whatever that is.</summary>
public sealed class OperationJsonTests
{
    public static TheoryData<string> Kinds => [.. Made.Select(made => made.Descriptor.Name)];

    /// <summary>What the platform's operations end with.</summary>
    private static IMessage[] Made =>
        [
            new Backup(),
            new BackupVerification(),
            new Empty(),
            new ExperimentComparison(),
            new FinalizeResult(),
            new QualityResult(),
            new Report(),
            new RestoreResult(),
            new SyncReport(),
        ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_an_operation_made_is_said(string kind)
    {
        await using var platform = await FakePlatform.StartAsync();
        var done = FakeOperations.Done();
        done.Response = Any.Pack(Made.Single(made => made.Descriptor.Name == kind));
        platform.Operations.Looks.Enqueue(done);

        var run = await CommandRun.DoAsync(platform.Variables, "operation", "wait", "7", "--json");

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        var response = JsonDocument.Parse(run.Output).RootElement.GetProperty("response");
        Assert.EndsWith($".{kind}", response.GetProperty("@type").GetString(), StringComparison.Ordinal);
    }
}
