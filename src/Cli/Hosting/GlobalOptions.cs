using System.CommandLine;

namespace Dendrite.Cli.Hosting;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<bool> Json { get; } =
        new("--json")
        {
            Description = "Write JSON: results to standard output, errors to standard error.",
            Recursive = true,
        };

    public Option<string?> Connection { get; } =
        new("--connection")
        {
            Description =
                "The connection file; else $DENDRITE_CONNECTION, or artifacts/dev/connection.json here or above.",
            HelpName = "FILE",
            Recursive = true,
        };

    public Option<string?> Project { get; } =
        new("--project")
        {
            Description = "The project. Without it: $DENDRITE_PROJECT, or that of the connection file.",
            HelpName = "ID",
            Recursive = true,
        };

    public void AddTo(Command command)
    {
        command.Add(Json);
        command.Add(Connection);
        command.Add(Project);
    }
}
