using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Contracts.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;

namespace Dendrite.Cli.Operations;

/// <summary>Waits for operations, and shows how far they are; see <see cref="Following"/>.</summary>
internal static class OperationWait
{
    /// <summary>Of one call: how often progress is looked at.</summary>
    private static readonly Duration Look = new() { Nanos = 500_000_000 };

    /// <summary>Until it is done; a bar at a terminal, a line for each step elsewhere.</summary>
    /// <exception cref="CliException">It is waited for no more, and goes on.</exception>
    public static async Task<Operation> UntilDoneAsync(
        Session session,
        Operation operation,
        CancellationToken cancellationToken
    )
    {
        if (!session.Output.IsInteractive)
        {
            var last = "";
            return await WaitAsync(
                session,
                operation,
                progress =>
                {
                    if (progress.Step != last)
                    {
                        session.Output.Note(last = progress.Step);
                    }
                },
                cancellationToken
            );
        }

        return await session
            .Output.Terminal.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask("waiting for its turn", maxValue: 1);
                return WaitAsync(session, operation, progress => Show(bar, progress), cancellationToken);
            });
    }

    /// <summary>The operation, where it succeeded.</summary>
    /// <exception cref="Errors.DendriteException">What it failed with.</exception>
    /// <exception cref="CliException">It was stopped, or failed in a way that no Dendrite service says.</exception>
    public static Operation RequireSuccess(Operation operation)
    {
        if (operation.State == OperationState.Succeeded)
        {
            return operation;
        }

        throw operation.State == OperationState.Cancelled
            ? new CliException(ExitCode.Cancelled, "OPERATION_CANCELLED", operation.Error.Message)
            : NestedStatus.ToError(operation.Error)
                ?? (Exception)new CliException(ExitCode.Internal, "INTERNAL", operation.Error.Message);
    }

    private static Task<Operation> WaitAsync(
        Session session,
        Operation operation,
        Action<OperationProgress> show,
        CancellationToken cancellationToken
    )
    {
        var id = OperationView.IdOf(operation);
        return Following.OrSayHowAsync(
            session,
            ("operation", $"operation wait {id}", $"operation cancel {id}"),
            connection => LookAsync(session, operation, show, connection, cancellationToken),
            cancellationToken
        );
    }

    private static async Task<Operation> LookAsync(
        Session session,
        Operation operation,
        Action<OperationProgress> show,
        Reconnecting connection,
        CancellationToken cancellationToken
    )
    {
        var request = new WaitOperationRequest { Name = operation.Name, Timeout = Look };
        while (operation.EndTime is null)
        {
            if (operation.Progress is { } progress)
            {
                show(progress);
            }

            var answer = await connection.AskAsync(
                async () =>
                    await session.Platform.Operations.WaitOperationAsync(request, cancellationToken: cancellationToken),
                cancellationToken
            );
            operation = answer.Operation;
        }

        return operation;
    }

    private static void Show(ProgressTask bar, OperationProgress progress)
    {
        bar.Description = Markup.Escape(progress.Step);
        bar.MaxValue = Math.Max(1, progress.Total);
        bar.Value = progress.Done;
        bar.IsIndeterminate = !progress.HasTotal;
    }
}
