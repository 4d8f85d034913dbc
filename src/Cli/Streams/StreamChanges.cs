using System.CommandLine;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
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
                var request = new CreateStreamRequest
                {
                    StreamId = session.Arguments.GetRequiredValue(stream),
                    Stream = await DefinitionFile.ReadAsync<SignalStream>(
                        session.Arguments.GetRequiredValue(file),
                        cancellationToken
                    ),
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
        var labels = new Option<string[]?>("--label")
        {
            Description = "A label, such as site=berlin; KEY= takes one away. Once for each.",
            HelpName = "KEY=VALUE",
        };
        var metadata = new Option<string?>("--metadata")
        {
            Description = "A JSON object in place of its metadata.",
            HelpName = "JSON",
        };
        var command = new Command("update", "Change what a stream says of itself; labels that are not named stay.")
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
                var changed = new SignalStream
                {
                    Name = NameOf(session, branch, stream),
                    Etag = session.Arguments.GetValue(etag) ?? "",
                };
                string[] pairs = [];
                var given = new GivenFields(session.Arguments);
                given.Take(title, "display_name", text => changed.DisplayName = text);
                given.Take(expected, "expected_sample_count", text => Expect(changed, text));
                given.Take(metadata, "metadata", text => changed.Metadata = ParseObject(text, metadata.Name));
                given.Take(labels, "labels", all => pairs = all);
                var mask = given.Mask;
                if (pairs.Length > 0)
                {
                    await ApplyAsync(session, pairs, changed, cancellationToken);
                }

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
            }
        );
        return command;
    }

    /// <summary>The labels that it has, changed, under the etag of what was read.</summary>
    /// <exception cref="CliException">A pair is none, or of the label by which an import knows its file.</exception>
    private static async Task ApplyAsync(
        Session session,
        string[] pairs,
        SignalStream changed,
        CancellationToken cancellationToken
    )
    {
        if (pairs.Any(pair => pair.Split('=')[0] == ImportPlan.SourceLabel))
        {
            throw Usage($"--label {ImportPlan.SourceLabel} says which file it was imported from, and never changes.");
        }

        var found = await session.Platform.Query.GetStreamAsync(
            new() { Name = changed.Name },
            cancellationToken: cancellationToken
        );
        // A label that somebody sets meanwhile is not lost.
        if (changed.Etag.Length == 0)
        {
            changed.Etag = found.Stream.Etag;
        }

        changed.Labels.Add(found.Stream.Labels);
        PairsOption.Apply(pairs, changed.Labels);
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
        session.StreamName(branch, stream);

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

    private static Struct ParseObject(string json, string where)
    {
        try
        {
            return JsonParser.Default.Parse<Struct>(json);
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw Usage($"{where} is no Struct in JSON: {malformed.Message}");
        }
    }

    private static CliException Usage(string problem) => new(ExitCode.Usage, "USAGE", problem);
}
