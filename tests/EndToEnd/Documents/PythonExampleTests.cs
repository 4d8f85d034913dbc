namespace Dendrite.EndToEnd.Documents;

/// <summary>
/// The example in Python, with stubs made as protos/README.md says: the README's lines and the whole gateway, run.
/// </summary>
public sealed class PythonExampleTests(Platform platform) : IClassFixture<Platform>
{
    [Fact]
    public async Task The_README_lines_make_a_second_durable()
    {
        await platform.CreateBranchAsync("motor-imagery-1");
        var script = $"""
            import sys
            from gateway import *
            ingest_address, api_key = sys.argv[1:]
            start = Timestamp(seconds=1_700_000_000)
            {Repository.Block("README.md", "python")}
            """;
        var said = await PythonAsync("-c", script, platform.IngestAddress["http://".Length..], Platform.Key);
        Assert.StartsWith("durable up to sample 250 at version ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_gateway_makes_a_second_durable()
    {
        var stream = await platform.NewStreamAsync();
        var connection = await ExampleProgram.WriteConnectionAsync(platform);
        var said = await PythonAsync(Path.Combine(Repository.Root, "examples/gateway.py"), connection, stream);
        Assert.Contains("\ndurable up to sample 250 at version ", said, StringComparison.Ordinal);
    }

    private static async Task<string> PythonAsync(params string[] arguments)
    {
        await using var program = await ExampleProgram.PythonAsync(arguments);
        return await program.ReadToEndAsync();
    }
}
