using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary><c>dendrite annotations STREAM</c>.</summary>
internal static class AnnotationsCommand
{
    private const int PageSize = 10_000;

    public static Command Build(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'category = seizure AND channels:Fp1'.",
            HelpName = "FILTER",
        };
        var command = new Command("annotations", "List what was noted about a recording.")
        {
            stream,
            branch,
            at,
            filter,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListAnnotationsRequest
                {
                    Parent = session.StreamName(branch, stream),
                    PageSize = PageSize,
                    At = SnapshotOption.Read(session, at),
                    Filter = session.Arguments.GetValue(filter) ?? "",
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Query.ListAnnotationsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Write(CliOutput output, ListAnnotationsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("ONSET", "DURATION", "SAMPLE", "CATEGORY", "CHANNELS", "TEXT", "ID");
        foreach (var annotation in list.Annotations)
        {
            table.Add(
                Seconds(annotation.Onset),
                Seconds(annotation.Duration),
                $"{annotation.StartSample}",
                annotation.Category,
                annotation.Channels.Count > 0 ? string.Join(", ", annotation.Channels) : "all",
                annotation.Text,
                annotation.AnnotationId
            );
        }
        table.WriteTo(output);
    }

    private static string Seconds(Google.Protobuf.WellKnownTypes.Duration? time) =>
        time is null ? "" : $"{time.Seconds + (time.Nanos / 1e9m):0.#########} s";
}
