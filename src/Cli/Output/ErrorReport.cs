using System.CommandLine;
using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Merging;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Google.Rpc;
using Grpc.Core;

namespace Dendrite.Cli.Output;

/// <summary>The shape of an error in JSON mode.</summary>
/// <param name="ExitCode">What the process returns.</param>
/// <param name="Reason">A stable word: the server's reason, or one of the client's own.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="Details">
/// Facts, such as names and versions; fields at fault as <c>field.PATH</c>, a line for each fault; undecided conflicts
/// as <c>conflict.ID</c>.
/// </param>
internal sealed record ErrorShape(
    int ExitCode,
    string Reason,
    string Message,
    IReadOnlyDictionary<string, string> Details
);

internal sealed record ErrorEnvelope(ErrorShape Error);

/// <summary>The one place where failures become messages and exit codes.</summary>
internal static class ErrorReport
{
    private const string ConflictPrefix = "conflict.";
    private const string FieldPrefix = "field.";

    /// <param name="arguments">Of the command that failed: they stand for the fields of its requests.</param>
    /// <param name="left">
    /// What Ctrl-C leaves of the command, in a sentence; empty of what only reads, or is done wholly or not at all.
    /// </param>
    public static ExitCode Write(
        Exception error,
        CliOutput output,
        ParseResult? arguments = null,
        string left = "",
        CancellationToken cancellationToken = default
    )
    {
        // Whoever leaves a pipe, such as head, has what it wanted.
        if (error is CliException { ExitCode: ExitCode.OutputClosed })
        {
            return ExitCode.OutputClosed;
        }
        // Whoever knows what Ctrl-C left behind has said so; of others nothing but that is worth saying.
        var isCancelled = cancellationToken.IsCancellationRequested;
        var shape =
            isCancelled && error is not CliException { ExitCode: ExitCode.Cancelled }
                ? Cancelled with
                {
                    Message = $"{Cancelled.Message} {left}".TrimEnd(),
                }
                : Describe(error);
        if (arguments is not null)
        {
            var fields = shape.Details.Where(detail => detail.Key.StartsWith(FieldPrefix, StringComparison.Ordinal));
            var problems = fields.SelectMany(detail =>
                detail.Value.Split('\n').Select(problem => (detail.Key[FieldPrefix.Length..], problem))
            );
            shape = shape with { Message = FieldSymbols.Reword(shape.Message, [.. problems], arguments) };
        }
        if (output.IsJson)
        {
            output.WriteErrorJson(new ErrorEnvelope(shape), CliJson.Shapes.ErrorEnvelope);
        }
        else
        {
            output.WriteError(string.Join('\n', [shape.Message, .. Conflicts(shape)]));
        }
        return (ExitCode)shape.ExitCode;
    }

    /// <summary>Conflicts that are undecided, by the ids that decisions name.</summary>
    private static IEnumerable<string> Conflicts(ErrorShape shape) =>
        shape
            .Details.Where(detail => detail.Key.StartsWith(ConflictPrefix, StringComparison.Ordinal))
            .Select(detail => $"  {detail.Key[ConflictPrefix.Length..]}  {detail.Value}");

    public static ErrorShape Describe(Exception error) =>
        error switch
        {
            CliException cli => Shape(cli.ExitCode, cli.Reason, cli.Message) with { Details = cli.Details },
            RpcException rpc => Describe(rpc),
            DendriteException platform => Shape(
                ExitCodeOf(ErrorStatus.CodeOf(platform.Reason)),
                ErrorReasonNames.Of(platform.Reason),
                platform.Message
            ),
            RecordingFormatException file => Shape(ExitCode.BadData, "FILE_REFUSED", file.Message) with
            {
                Details = new Dictionary<string, string>
                {
                    ["field"] = file.Field,
                    ["offset"] = $"{file.Offset}",
                    ["file"] = file.File,
                },
            },
            ExportRefusedException refused => Shape(ExitCode.Usage, "FORMAT_CANNOT_HOLD", refused.Message) with
            {
                Details = new Dictionary<string, string> { ["subject"] = refused.Subject },
            },
            BlockFormatException block => Shape(ExitCode.BadData, "DATA_DAMAGED", block.Message),
            FileNotFoundException or DirectoryNotFoundException => Shape(
                ExitCode.NotFound,
                "FILE_NOT_FOUND",
                error.Message
            ),
            IOException or UnauthorizedAccessException => Shape(ExitCode.Failure, "FILE_NOT_READABLE", error.Message),
            OperationCanceledException => Cancelled,
            _ => Shape(ExitCode.Internal, "INTERNAL", $"This is a defect of the client, please report it: {error}"),
        };

    private static ErrorShape Cancelled => Shape(ExitCode.Cancelled, "CANCELLED", "Cancelled.");

    private static ErrorShape Describe(RpcException error)
    {
        var details = new Dictionary<string, string>();
        // Of who is no platform, such as a proxy, or of nobody: the name that gRPC has for it.
        string reason = JsonNamingPolicy.SnakeCaseUpper.ConvertName(error.StatusCode.ToString());
        foreach (var detail in StatusDetails.Find(error)?.Details ?? [])
        {
            if (detail.TryUnpack(out ErrorInfo info))
            {
                // The field is called reason in later versions of the common protos; its number is the same.
                reason = info.Type;
                foreach (var (key, value) in info.Metadata)
                {
                    details[key] = value;
                }
            }
            else if (detail.TryUnpack(out BadRequest request))
            {
                foreach (var violation in request.FieldViolations)
                {
                    var key = $"{FieldPrefix}{violation.Field}";
                    details[key] = details.TryGetValue(key, out var other)
                        ? $"{other}\n{violation.Description}"
                        : violation.Description;
                }
            }
            else if (detail.TryUnpack(out V1.CheckFailure check))
            {
                details[$"check.{check.Check}"] = check.Message;
            }
            else if (detail.TryUnpack(out V1.Conflict conflict))
            {
                details[$"{ConflictPrefix}{conflict.ConflictId}"] = MergeView.Describe(conflict);
            }
            else if (detail.TryUnpack(out RetryInfo retry) && retry.RetryDelay is { } delay)
            {
                details["retryAfterSeconds"] = $"{delay.ToTimeSpan().TotalSeconds}";
            }
        }
        return Shape(ExitCodeOf(error.StatusCode), reason, MessageOf(error)) with { Details = details };
    }

    private static string MessageOf(RpcException error) =>
        // An error with details was written by the platform: it answers, and says itself what does not.
        error.StatusCode == StatusCode.Unavailable
        && StatusDetails.Find(error) is null
            ? $"The platform does not answer ({error.Status.Detail}). Is it running? Start it with ./run, then "
                + $"repeat."
        // The platform knows the metadata of the call, and a person where the key came from.
        : error.StatusCode == StatusCode.Unauthenticated
            ? $"{error.Status.Detail} The key is that of $DENDRITE_API_KEY, else of the connection file."
        : error.Status.Detail;

    private static ExitCode ExitCodeOf(StatusCode code) =>
        code switch
        {
            StatusCode.InvalidArgument or StatusCode.OutOfRange => ExitCode.Usage,
            StatusCode.NotFound => ExitCode.NotFound,
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted =>
                ExitCode.Unavailable,
            StatusCode.Unauthenticated or StatusCode.PermissionDenied => ExitCode.Denied,
            StatusCode.AlreadyExists or StatusCode.FailedPrecondition or StatusCode.Aborted => ExitCode.Conflict,
            StatusCode.DataLoss => ExitCode.BadData,
            StatusCode.Cancelled => ExitCode.Cancelled,
            _ => ExitCode.Internal,
        };

    private static ErrorShape Shape(ExitCode exitCode, string reason, string message) =>
        new((int)exitCode, reason, message, new Dictionary<string, string>());
}
