using System.Text.Json;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("verify main", "error: Cancelled.")]
    [InlineData("record load labs {FILE}", "error: Cancelled.")]
    [InlineData("import {FILE} -b main", "error: Cancelled. What was acknowledged is kept.")]
    public async Task After_Ctrl_C_a_command_that_streams_says_what_is_kept_and_no_other_does(
        string command,
        string says
    )
    {
        await using var platform = await FakePlatform.StartAsync();
        using var output = new StringWriter();
        var args = command.Replace("{FILE}", typeof(CommandRun).Assembly.Location, StringComparison.Ordinal);

        var run = await CommandRun.OfAsync(platform.Variables, args.Split(' '), output, new(canceled: true));

        Assert.Equal((ExitCode.Cancelled, says), (run.ExitCode, run.Error.Trim()));
    }

    [Theory]
    [InlineData("branch show", "Required argument 'BRANCH' missing")]
    [InlineData("branch create x --ttl soon", "'soon' is not a time")]
    [InlineData("read s --format xml", "'xml' not recognized. Must be one of: 'csv', 'jsonl', 'raw'. See ")]
    [InlineData("read s --from one", "'one'")]
    [InlineData("import f.edf", "'--branch' is required")]
    [InlineData("import f.edf -b x --start yesterday", "'yesterday' is not a time")]
    [InlineData("teleport", "'teleport'")]
    [InlineData("read s --to 99999999999999999999", "for option '--to': a whole number is needed")]
    [InlineData("annotation put s text --onset NaN", "for option '--onset': a number is needed")]
    [InlineData("job update j --max-attempts 0", "--max-attempts must be at least 1")]
    [InlineData(
        "job backfill j --from 2026-01-01 --until 2026-01-02 --concurrency 0",
        "--concurrency must be at least"
    )]
    [InlineData("source update s --attempts 0", "--attempts must be at least 1")]
    [InlineData("source update s --max-batch -5", "--max-batch must be at least 1")]
    [InlineData("source dead-letters s --limit 0", "--limit must be at least 1")]
    [InlineData("check results --limit 0", "--limit must be at least 1")]
    [InlineData("record query d --limit 0", "--limit must be at least 1")]
    [InlineData("branch children b --depth 0", "--depth must be at least 1")]
    [InlineData("merge list --limit 0", "--limit must be at least 1")]
    [InlineData("branch create x --ttl 0s", "--ttl '0s' is no time at all")]
    [InlineData("alert rule update r --hold -5s", "'-5s' is not a time")]
    [InlineData("simulate -b x --type foo", "for option '--type'. Did you mean one of the following? Float32 ")]
    public async Task A_wrong_command_line_says_what_is_wrong_and_where_help_is(string line, string problem)
    {
        var run = await CommandRun.OfAsync(CommandRun.Nothing, line.Split(' '));

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("expected type", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("source create x --folder a --url http://b", "--url and --folder exclude each other")]
    [InlineData("source create x --pattern *.csv --items /data", "--items and --pattern exclude each other")]
    [InlineData("source create x --query q --query-file f", "--query and --query-file exclude each other")]
    public async Task Of_two_places_that_a_source_comes_from_none_is_dropped_without_a_word(string line, string problem)
    {
        await using var platform = await FakePlatform.StartAsync();
        var run = await CommandRun.OfAsync(platform.Variables, line);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("branch list --project {NONE}", "--project is empty")]
    [InlineData("import {FILE} -b b -s Nächte", "--stream 'Nächte' is no id of a stream")]
    [InlineData("import {FILE} -b b --dry-run -s Nächte", "--stream 'Nächte' is no id of a stream")]
    public async Task What_can_be_no_id_is_said_before_anything_is_asked(string line, string problem)
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = typeof(CommandRun).Assembly.Location;
        var args = line.Split(' ')
            .Select(word =>
                word == "{NONE}" ? ""
                : word == "{FILE}" ? file
                : word
            );

        var run = await CommandRun.OfAsync(platform.Variables, [.. args]);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a;b", ";")]
    [InlineData("a\tb", "\\t")]
    public async Task A_file_of_one_long_column_is_asked_for_its_delimiter(string heading, string delimiter)
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"{heading}\n1\n", TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync(platform.Variables, $"dataset create d --from {file} --key a");

        File.Delete(file);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"--delimiter '{delimiter}'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_refused_is_named()
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = typeof(CommandRun).Assembly.Location;

        var run = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main");

        Assert.Equal(ExitCode.BadData, run.ExitCode);
        Assert.StartsWith($"error: {Path.GetFileName(file)}: format (byte 0)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_field_everything_that_is_wrong_is_said()
    {
        var refused = new DendriteException(ErrorReason.InvalidArgument, "branch.labels: has no 'a' (and 1 more)")
        {
            FieldViolations = [new("branch.labels", "has no 'a'"), new("branch.labels", "has no 'b'")],
        };
        using var said = new StringWriter { NewLine = "\n" };
        var host = new CliHost
        {
            Output = TextWriter.Null,
            Error = said,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var error = ErrorStatus.ToRpcException(refused);
        var typed = new CliApplication(host).BuildRoot().Parse("branch create b --label c=d");

        ErrorReport.Write(error, new CliOutput(host, json: false), typed, cancellationToken: CancellationToken.None);

        Assert.Equal("error: --label: has no 'a'\n--label: has no 'b'\n", said.ToString());
        Assert.Equal("has no 'a'\nhas no 'b'", ErrorReport.Describe(error).Details["field.branch.labels"]);
    }

    [Theory]
    [InlineData("record patch labs a,1 {} -b main")]
    [InlineData("assertion update nobody-old")]
    [InlineData("assertion update nobody-old --against main")]
    [InlineData("assertion update nobody-old --etag x")]
    public async Task A_change_of_nothing_is_refused(string line)
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, line);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.StartsWith("error: Nothing to change: give at least one ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_without_an_origin_is_refused_by_the_options_that_give_one()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, "source create weather --dataset weather");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal(
            "error: A source comes from one of --url, --postgres and --folder: give one.\n",
            run.Error.ReplaceLineEndings("\n")
        );
    }

    [Fact]
    public void A_key_that_is_refused_is_looked_for_where_it_was_given()
    {
        var refused = new RpcException(new Status(StatusCode.Unauthenticated, "There is no such API key."));

        Assert.Equal(
            "There is no such API key. The key is that of $DENDRITE_API_KEY, else of the connection file.",
            ErrorReport.Describe(refused).Message
        );
    }

    [Theory]
    [InlineData("--once 2026-12-01T08:00 --time-zone Europe/Berlin", "--once has no --time-zone")]
    [InlineData("--every 15m --time-zone Europe/Berlin", "--every has no --time-zone")]
    [InlineData("--after nightly --time-zone Europe/Berlin", "--after has no --time-zone")]
    [InlineData("--every 15m --any-outcome", "--every has no --any-outcome")]
    [InlineData("--attempts 20:00,22:00 --any-outcome", "--attempts has no --any-outcome")]
    public async Task What_a_schedule_does_not_have_is_refused(string schedule, string problem)
    {
        await using var platform = await FakePlatform.StartAsync();
        var run = await CommandRun.OfAsync(platform.Variables, $"job create j --task retention {schedule}");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare main main --channels C3 --by-location")]
    [InlineData("report create main main --channels C3 --by-location")]
    public async Task Channels_by_label_are_not_paired_by_location(string line)
    {
        await using var platform = await FakePlatform.StartAsync();
        var run = await CommandRun.OfAsync(platform.Variables, line);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--channels and --by-location exclude each other", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_platform_that_does_not_answer_is_said_to_be_away()
    {
        const string Away = "Source weather failed for now: no route to host";
        var said = ErrorStatus.ToRpcException(new DendriteException(ErrorReason.Unavailable, Away));
        var silent = new RpcException(new Status(StatusCode.Unavailable, "connection refused"));

        var (source, platform) = (ErrorReport.Describe(said), ErrorReport.Describe(silent));

        Assert.Equal((Away, (int)ExitCode.Unavailable), (source.Message, source.ExitCode));
        Assert.Contains("Start it with ./run", platform.Message, StringComparison.Ordinal);
        Assert.Equal(((int)ExitCode.Unavailable, "UNAVAILABLE"), (platform.ExitCode, platform.Reason));
        Assert.Equal("UNAVAILABLE", source.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("branch")]
    [InlineData("branch create")]
    [InlineData("branch list")]
    [InlineData("branch show")]
    [InlineData("branch delete")]
    [InlineData("import")]
    [InlineData("streams list")]
    [InlineData("streams show")]
    [InlineData("read")]
    [InlineData("annotations")]
    [InlineData("diff")]
    [InlineData("demo")]
    public async Task Every_command_explains_itself(string command)
    {
        var run = await CommandRun.OfAsync(
            CommandRun.Nothing,
            [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]
        );

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains("--json", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_platform_it_says_how_to_start_one()
    {
        var run = await CommandRun.OfAsync(CommandRun.Nothing, "branch", "list", "--json");

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        var error = JsonDocument.Parse(run.Error).RootElement.GetProperty("error");
        Assert.Equal("NO_CONNECTION", error.GetProperty("reason").GetString());
        Assert.Contains("./run", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("localhost:5001")]
    public async Task An_address_without_its_scheme_is_named(string address)
    {
        string path = Path.GetTempFileName();
        const string other = "http://127.0.0.1:9";
        await File.WriteAllTextAsync(
            path,
            $$"""
            {"project":"lab","apiKey":"dk_a_b","branch":"{{other}}","ingest":"{{address}}","comparison":"{{other}}"}
            """,
            TestContext.Current.CancellationToken
        );

        var run = await CommandRun.OfAsync(CommandRun.Nothing, "branch", "list", "--connection", path);

        File.Delete(path);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"'{address}' is no address", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BRANCH")]
    [InlineData("INGEST")]
    [InlineData("COMPARISON")]
    [InlineData("SCHEDULER")]
    public async Task A_variable_whose_address_has_no_scheme_is_a_usage_error(string service)
    {
        const string address = "localhost:5004";
        var variables = CommandRun.Variables("dk_a_b", name => name == service ? address : "http://127.0.0.1:9");

        var run = await CommandRun.OfAsync(variables, "branch", "list");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"'{address}' is no address", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_platform_that_does_not_answer_is_unavailable()
    {
        var platform = await FakePlatform.StartAsync();
        await using (platform)
        {
            Assert.Equal(ExitCode.Success, (await CommandRun.OfAsync(platform.Variables, "branch", "list")).ExitCode);
        }
        string path = Path.GetTempFileName();
        // Port 9 is "discard", on which nothing answers here.
        const string address = "http://127.0.0.1:9";
        await File.WriteAllTextAsync(
            path,
            $$"""
            {"project":"lab","apiKey":"dk_a_b","branch":"{{address}}","ingest":"{{address}}","comparison":"{{address}}"}
            """,
            TestContext.Current.CancellationToken
        );

        var run = await CommandRun.OfAsync(CommandRun.Nothing, "branch", "list", "--connection", path);

        File.Delete(path);
        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Contains("does not answer", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"project":"lab"}""", "does not say apiKey, branch, ingest, comparison")]
    public async Task A_connection_file_that_is_no_use_is_named(string content, string problem)
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync(CommandRun.Nothing, "branch", "list", "--connection", path);

        File.Delete(path);
        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Contains(path, run.Error, StringComparison.Ordinal);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }
}
