using System.CommandLine;
using System.CommandLine.Completions;
using System.Reflection;
using System.Text.RegularExpressions;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Cli.Tests;

/// <summary>What <c>--help</c> and docs/cli.md say of the commands is complete and the same.</summary>
public sealed partial class HelpTests
{
    private static readonly Lazy<IReadOnlyList<(string Path, Command Command)>> All = new(() =>
        [.. Below(new CliApplication(Host()).BuildRoot(), "")]
    );

    public static TheoryData<string> Paths => [.. All.Value.Select(command => command.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Help_names_and_explains_every_argument_and_option(string path)
    {
        var command = All.Value.First(one => one.Path == path).Command;
        var help = await CommandRun.OfAsync(CommandRun.Nothing, [.. path.Split(' '), "--help"]);

        Assert.Equal((ExitCode.Success, ""), (help.ExitCode, help.Error));
        Assert.False(string.IsNullOrWhiteSpace(command.Description), $"{path} has no description.");
        foreach (var symbol in command.Options.Cast<Symbol>().Concat(command.Arguments).Concat(command.Subcommands))
        {
            Assert.False(string.IsNullOrWhiteSpace(symbol.Description), $"{path}: {symbol.Name} has no description.");
            Assert.Contains(symbol.Name, help.Output);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Help_says_what_a_value_is_and_not_what_the_program_calls_it(string path)
    {
        var command = All.Value.First(one => one.Path == path).Command;
        foreach (var option in command.Options.Where(option => option.Arity.MaximumNumberOfValues > 0))
        {
            Assert.True(option.HelpName is not null || IsSwitch(option), $"{path}: {option.Name} needs a HelpName.");
        }
        var help = await CommandRun.OfAsync(CommandRun.Nothing, [.. path.Split(' '), "--help"]);
        // A value as it is typed: none has a capital.
        Assert.DoesNotMatch(@"\[default: [A-Z][a-z]", help.Output);
        Assert.DoesNotContain("Unspecified", help.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("[default: -]", help.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch("Default [0-9]+[.]", help.Output);
        // Arguments of a command above, such as merge, are not those of the ones below.
        var own = command.Arguments.Select(argument => argument.HelpName ?? argument.Name).ToHashSet();
        foreach (var above in command.Parents.OfType<Command>().SelectMany(parent => parent.Arguments))
        {
            Assert.Equal(own.Contains(above.Name), help.Output.Contains($"<{above.Name}>", StringComparison.Ordinal));
        }
    }

    // Of some values help shows all that there are.
    private static bool IsSwitch(Option option) =>
        (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) == typeof(bool)
        || option.GetCompletions(CompletionContext.Empty).Any();

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_page_about_the_command_line_has_every_command(string path)
    {
        var words = path.Split(' ');
        Assert.Contains(
            TableLines(),
            line => line.Contains($"`{words[0]} ", StringComparison.Ordinal) && Words.Count(line, words[^1]) > 0
        );
    }

    [Fact]
    public void The_page_names_no_option_that_its_command_does_not_have()
    {
        foreach (var line in TableLines())
        {
            var tops = Tops().Matches(line).Select(match => match.Groups["top"].Value).ToHashSet();
            var known = All
                .Value.Where(command => tops.Contains(command.Path.Split(' ')[0]))
                .SelectMany(command => command.Command.Options)
                .SelectMany(option => option.Aliases.Append(option.Name))
                .ToHashSet();
            foreach (Match option in Options().Matches(line))
            {
                Assert.True(known.Contains(option.Value), $"{option.Value} is no option of {string.Join(", ", tops)}.");
            }
        }
    }

    [Fact]
    public void The_page_names_every_message_that_is_shown_as_json()
    {
        var page = string.Join('\n', PageLines());
        var shapes = page[page.IndexOf("## Output", StringComparison.Ordinal)..];
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var shown = typeof(CliApplication)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(Any))
            .Select(method => method.GetParameters())
            .Where(parameters => parameters is [var output, _] && output.ParameterType == typeof(CliOutput))
            .Select(parameters => parameters[1].ParameterType)
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IMessage)))
            .Select(type => type.Name)
            .ToHashSet();

        Assert.Contains(nameof(Branch), shown);
        Assert.Empty(shown.Where(name => !shapes.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    private static CliHost Host() =>
        new()
        {
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = _ => null,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };

    private static IEnumerable<(string Path, Command Command)> Below(Command parent, string path)
    {
        foreach (var command in parent.Subcommands)
        {
            var name = path.Length == 0 ? command.Name : $"{path} {command.Name}";
            yield return (name, command);
            foreach (var below in Below(command, name))
            {
                yield return below;
            }
        }
    }

    private static IEnumerable<string> TableLines() =>
        PageLines().Where(line => line.StartsWith("| `", StringComparison.Ordinal));

    private static IEnumerable<string> PageLines()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent!;
        }

        return File.ReadLines(Path.Combine(folder.FullName, "docs", "cli.md"));
    }

    private static class Words
    {
        public static int Count(string line, string word) =>
            Regex.Count(line, $@"(?<![\w-]){Regex.Escape(word)}(?![\w-])", RegexOptions.None, TimeSpan.FromSeconds(1));
    }

    [GeneratedRegex("`(?<top>[a-z]+)[ `]", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Tops();

    [GeneratedRegex("--[a-z-]+", RegexOptions.None, 1_000)]
    private static partial Regex Options();
}
