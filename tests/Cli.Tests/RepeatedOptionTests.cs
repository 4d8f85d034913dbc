using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Tests;

/// <summary>An option that takes several values may be given again: none of what was given is lost.</summary>
public sealed class RepeatedOptionTests
{
    private static readonly RootCommand Root = new CliApplication(
        new()
        {
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = _ => null,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        }
    ).BuildRoot();

    [Fact]
    public void Every_list_is_that_of_all_times_it_was_given()
    {
        var lists = Below(Root, []).Where(one => one.Option is Option<string[]?>).ToList();

        Assert.Contains(lists, one => one.Option.Name == "--channels");
        foreach (var (path, option) in lists)
        {
            // The names that there are, and what no list refuses.
            var (first, last) = option.Name == "--only" ? ("mean", "rms") : ("20:00", "08:00");
            var parsed = Root.Parse([.. path, option.Name, first, option.Name, last]);

            var given = parsed.GetResult(option)!.GetValueOrDefault<string[]>();
            Assert.True(given is [var a, var b] && a == first && b == last, $"{string.Join(' ', path)} {option.Name}");
        }
    }

    [Fact]
    public void A_list_that_is_given_again_has_parts_too()
    {
        Assert.Equal(["Fp1", "Fp2", "C3"], Parse<string[]>("read s --channels Fp1,Fp2 --channels C3", "--channels"));
        Assert.Equal(["a", "b", "c"], Parse<string[]>("job create j --after a --after b,c", "--after"));
    }

    [Fact]
    public void Bands_are_those_of_all_times_they_were_given()
    {
        var bands = Parse<FrequencyBand[]>("compare a b --bands alpha=8-13 --bands ripple=80-150", "--bands");

        Assert.Equal(["alpha", "ripple"], bands.Select(band => band.Band));
    }

    [Fact]
    public void What_is_wrong_in_the_second_is_said()
    {
        var errors = Root.Parse("statistics s --only mean --only median").Errors;

        Assert.Contains(errors, error => error.Message.Contains("'median' is no figure", StringComparison.Ordinal));
    }

    private static T Parse<T>(string line, string option) => Root.Parse(line).GetValue<T>(option)!;

    private static IEnumerable<(string[] Path, Option Option)> Below(Command parent, string[] path) =>
        parent
            .Subcommands.SelectMany(command => Below(command, [.. path, command.Name]))
            .Concat(parent.Options.Select(option => (path, option)));
}
