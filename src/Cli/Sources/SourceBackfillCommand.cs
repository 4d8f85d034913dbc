using System.CommandLine;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Sources;

/// <summary><c>dendrite source backfill SOURCE --from TIME --to TIME</c>.</summary>
internal static class SourceBackfillCommand
{
    public static Command Build(CliApplication application)
    {
        var id = SourceCommands.IdArgument();
        var (from, to) = (
            Instant("--from", "First instant, such as 2024-01-01."),
            Instant("--to", "Instant after it.")
        );
        var command = new Command("backfill", "Pull a past range, month by month; asked again it goes on where it was.")
        {
            id,
            from,
            to,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new BackfillSyncRequest
                {
                    Name = SourceCommands.NameOf(session, id),
                    Range = new()
                    {
                        StartTime = session.Arguments.GetRequiredValue(from)!,
                        EndTime = session.Arguments.GetRequiredValue(to)!,
                    },
                    RequestId = session.NewRequestId(),
                };
                var begun = await session.Platform.Sync.BackfillSyncAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                session.Output.Note($"Operation {begun.Operation.Name}; leaving this command does not stop it.");
                var done = await OperationWait.UntilDoneAsync(session, begun.Operation, cancellationToken);
                var report = OperationWait.RequireSuccess(done).Response.Unpack<SyncReport>();
                SourceView.Write(session.Output, report);
                return report.DeadLetters > 0 ? ExitCode.Failure : ExitCode.Success;
            }
        );
        return command;
    }

    private static Option<Timestamp?> Instant(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "INSTANT",
            Required = true,
            CustomParser = result =>
            {
                const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
                var text = result.Tokens[0].Value;
                if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant))
                {
                    return Timestamp.FromDateTimeOffset(instant);
                }

                result.AddError($"{name} '{text}' is no instant; write 2024-01-01 or 2024-01-01T08:00:00Z.");
                return null;
            },
        };
}
