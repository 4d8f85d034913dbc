using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Streams;

/// <summary><c>dendrite annotation put | delete</c>.</summary>
internal static class AnnotationCommands
{
    public static Command Build(CliApplication application) =>
        new("annotation", "Note something about a recording, or take it back.")
        {
            Put(application),
            Delete(application),
        };

    private static Argument<string> StreamArgument() => new("STREAM") { Description = "Id of the stream." };

    private static Command Put(CliApplication application)
    {
        var (stream, branch) = (StreamArgument(), StreamsCommand.BranchOption());
        var text = new Argument<string>("TEXT") { Description = "What is noted." };
        var place = new AnnotationPlace();
        var command = new Command("put", "Annotate a recording, or change one of its annotations.")
        {
            stream,
            text,
            branch,
        };
        place.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var annotation = place.Read(session);
                annotation.Text = session.Arguments.GetRequiredValue(text);
                var response = await session.Platform.Ingest.PutAnnotationsAsync(
                    new()
                    {
                        Stream = session.StreamName(branch, stream),
                        Annotations = { annotation },
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                var said = $"Annotation {response.Annotations[0].AnnotationId} is written.";
                StreamView.WriteDone(session.Output, response, said, response.Version);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var (stream, branch) = (StreamArgument(), StreamsCommand.BranchOption());
        var ids = new Argument<string[]>("ID")
        {
            Description = "Ids of annotations, as the list has them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command("delete", "Delete annotations of a recording.") { stream, ids, branch };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Ingest.DeleteAnnotationsAsync(
                    new()
                    {
                        Stream = session.StreamName(branch, stream),
                        AnnotationIds = { session.Arguments.GetRequiredValue(ids) },
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                var said = $"{response.DeletedCount} deleted.";
                StreamView.WriteDone(session.Output, response, said, response.Version);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>Where an annotation lies and what sort it is.</summary>
    private sealed class AnnotationPlace
    {
        private readonly Option<decimal?> onset = new("--onset")
        {
            Description = "Seconds after the start of the recording, such as 12.5.",
            HelpName = "SECONDS",
        };

        private readonly Option<long?> sample = new("--sample")
        {
            Description = "Index of its first sample, instead of --onset.",
            HelpName = "N",
        };

        private readonly Option<decimal?> duration = new("--duration")
        {
            Description = "How long it lasts; 0 for an instant.",
            HelpName = "SECONDS",
        };

        private readonly Option<string?> category = new("--category")
        {
            Description = "What sort it is, such as artifact.",
            HelpName = "TEXT",
        };

        private readonly Option<string?> channels = new("--channels")
        {
            Description = "Labels of the channels that it is about; all when left out.",
            HelpName = "A,B",
        };

        private readonly Option<string?> id = new("--id")
        {
            Description = "UUID of the annotation to change; a new one when left out.",
            HelpName = "UUID",
        };

        public void AddTo(Command command)
        {
            foreach (var option in new Option[] { onset, sample, duration, category, channels, id })
            {
                command.Add(option);
            }
        }

        public Annotation Read(Session session)
        {
            var (at, first) = (session.Arguments.GetValue(onset), session.Arguments.GetValue(sample));
            if (at is null == first is null)
            {
                throw new CliException(ExitCode.Usage, "USAGE", "Give --onset or --sample, one of them.");
            }

            var annotation = new Annotation
            {
                AnnotationId = session.Arguments.GetValue(id) ?? "",
                Onset = at is { } seconds ? ExactTime.Seconds(seconds) : null,
                Duration = session.Arguments.GetValue(duration) is { } length ? ExactTime.Seconds(length) : null,
                Category = session.Arguments.GetValue(category) ?? "",
            };
            if (first is { } start)
            {
                annotation.StartSample = start;
            }
            annotation.Channels.Add(session.Arguments.GetValue(channels)?.Split(',') ?? []);
            return annotation;
        }
    }
}
