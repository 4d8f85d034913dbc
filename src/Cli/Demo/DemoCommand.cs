using System.CommandLine;
using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Demo;

/// <summary><c>dendrite demo [FILE]</c>.</summary>
internal static class DemoCommand
{
    public static Command Build(CliApplication application)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "A recording of any format that import reads; synthetic EEG without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "demo",
            "The main job once through: fork two branches, stream a recording into each, read both back and compare "
                + "every sample with the file, diff the branches, delete one. Succeeds only if all of it held."
        )
        {
            file,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                using var recordings = await DemoRecordings.PrepareAsync(
                    session.Arguments.GetValue(file),
                    cancellationToken
                );
                var run = new DemoRun(session.Platform, session.Host.Time, session.Output);
                var report = await run.RunAsync(recordings, cancellationToken);
                DemoView.Write(session.Output, report);
                return report.Held ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }
}
