using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Streams;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary><c>dendrite streams …</c>.</summary>
internal static class StreamsCommand
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("streams", "Make, list, show, change and remove the recordings of a branch.")
        {
            StreamChanges.Create(application),
            List(application),
            Show(application),
            StreamChanges.Update(application),
            StreamChanges.Delete(application),
        };

    public static Option<string> BranchOption() =>
        new("--branch", "-b")
        {
            Description = "The branch.",
            HelpName = "BRANCH",
            DefaultValueFactory = _ => "main",
        };

    private static Command List(CliApplication application)
    {
        var branch = BranchOption();
        var at = SnapshotOption.Create();
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'state = OPEN AND device.model = \"Biosemi*\"'.",
            HelpName = "FILTER",
        };
        var order = new Option<string?>("--order")
        {
            Description = "name or start_time, and 'desc' behind it for descending.",
            HelpName = "FIELD",
        };
        var command = new Command("list", "List the recordings of a branch.") { branch, at, filter, order };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListStreamsRequest
                {
                    Parent = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    PageSize = PageSize,
                    At = SnapshotOption.Read(session, at),
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    OrderBy = session.Arguments.GetValue(order) ?? "",
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Query.ListStreamsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                StreamView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var branch = BranchOption();
        var at = SnapshotOption.Create();
        var command = new Command("show", "Show one recording with its channels.") { stream, branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Query.GetStreamAsync(
                    new GetStreamRequest
                    {
                        Name = session.StreamName(branch, stream),
                        At = SnapshotOption.Read(session, at),
                    },
                    cancellationToken: cancellationToken
                );
                StreamView.WriteOne(session.Output, response.Stream);
                return ExitCode.Success;
            }
        );
        return command;
    }
}
