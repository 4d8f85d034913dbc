using System.CommandLine;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Streams;

/// <summary><c>dendrite streams create | update | delete</c>.</summary>
internal static class StreamChanges
{
    private static Argument<string> StreamArgument() => new("STREAM") { Description = "Id of the stream." };

    private static Option<string?> EtagOption() =>
        new("--etag") { Description = "Only if nobody has changed it since it had this etag.", HelpName = "ETAG" };

    public static Command Create(CliApplication application)
    {
        var (stream, branch) = (StreamArgument(), StreamsCommand.BranchOption());
        var file = new Option<string>("--file")
        {
            Description = "A JSON file with the SignalStream: nominalRate, startTime, channels and more.",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("create", "Make a stream without samples.") { stream, branch, file };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var path = session.Arguments.GetRequiredValue(file);
                var request = new CreateStreamRequest
                {
                    StreamId = session.Arguments.GetRequiredValue(stream),
                    Stream = Parse<SignalStream>(await ReadAsync(path, cancellationToken), path),
                    Parent = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    RequestId = session.NewRequestId(),
                };
                var made = await session.Platform.Ingest.CreateStreamAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                StreamView.WriteOne(session.Output, made.Stream);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Update(CliApplication application)
    {
        var (stream, branch, etag) = (StreamArgument(), StreamsCommand.BranchOption(), EtagOption());
        var title = new Option<string?>("--title") { Description = "A title for people.", HelpName = "TEXT" };
        var expected = new Option<string?>("--expected")
        {
            Description = "How many samples a channel it will have in all; 'open' for an open-ended recording.",
            HelpName = "N|open",
        };
        var labels = PairsOption.Create("--label", "A label, such as site=berlin; these replace those that it has.");
        var metadata = new Option<string?>("--metadata")
        {
            Description = "A JSON object in place of its metadata.",
            HelpName = "JSON",
        };
        var command = new Command("update", "Change what a stream says of itself.")
        {
            stream,
            branch,
            title,
            expected,
            labels,
            metadata,
            etag,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var changed = new SignalStream { Etag = session.Arguments.GetValue(etag) ?? "" };
                var mask = new FieldMask();
                SetText(session.Arguments.GetValue(title), "display_name", text => changed.DisplayName = text);
                SetText(session.Arguments.GetValue(expected), "expected_sample_count", text => Expect(changed, text));
                SetText(
                    session.Arguments.GetValue(metadata),
                    "metadata",
                    text => changed.Metadata = Parse<Struct>(text, "--metadata")
                );
                changed.Labels.Add(PairsOption.Read(session, labels));
                SetText(changed.Labels.Count > 0 ? "" : null, "labels", _ => { });
                if (mask.Paths.Count == 0)
                {
                    throw Usage("nothing to change: give --title, --expected, --label or --metadata.");
                }

                changed.Name = NameOf(session, branch, stream);
                var response = await session.Platform.Ingest.UpdateStreamAsync(
                    new()
                    {
                        Stream = changed,
                        UpdateMask = mask,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                StreamView.WriteOne(session.Output, response.Stream);
                return ExitCode.Success;

                void SetText(string? text, string path, Action<string> set)
                {
                    if (text is not null)
                    {
                        set(text);
                        mask.Paths.Add(path);
                    }
                }
            }
        );
        return command;
    }

    public static Command Delete(CliApplication application)
    {
        var (stream, branch, etag) = (StreamArgument(), StreamsCommand.BranchOption(), EtagOption());
        var missingOk = new Option<bool>("--missing-ok") { Description = "A stream that does not exist is no error." };
        var command = new Command("delete", "Remove a stream from a branch; forks, tags and the past keep it.")
        {
            stream,
            branch,
            missingOk,
            etag,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Ingest.DeleteStreamAsync(
                    new()
                    {
                        Name = NameOf(session, branch, stream),
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        Etag = session.Arguments.GetValue(etag) ?? "",
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                StreamView.WriteDone(
                    session.Output,
                    response,
                    response.Version == 0 ? "There was no such stream." : "The stream is gone from the branch.",
                    response.Version
                );
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static string NameOf(Session session, Option<string> branch, Argument<string> stream) =>
        session.Platform.StreamName(
            session.Arguments.GetRequiredValue(branch),
            session.Arguments.GetRequiredValue(stream)
        );

    private static void Expect(SignalStream stream, string text)
    {
        if (text == "open")
        {
            return;
        }

        stream.ExpectedSampleCount = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw Usage($"--expected '{text}' is neither a number of samples nor 'open'.");
    }

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken) =>
        File.Exists(path)
            ? await File.ReadAllTextAsync(path, cancellationToken)
            : throw new CliException(ExitCode.NotFound, "FILE_NOT_FOUND", $"{path} does not exist.");

    private static T Parse<T>(string json, string where)
        where T : IMessage<T>, new()
    {
        try
        {
            return JsonParser.Default.Parse<T>(json);
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw Usage($"{where} is no {typeof(T).Name} in JSON: {malformed.Message}");
        }
    }

    private static CliException Usage(string problem) => new(ExitCode.Usage, "USAGE", problem);
}
