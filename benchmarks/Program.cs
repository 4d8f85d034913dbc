using Dendrite.Benchmarks;
using Dendrite.Benchmarks.Ingest.Gateways;

return args is [GatewayProgram.Argument]
    ? await new GatewayProgram(Console.In, Console.Out).RunAsync()
    : await BenchmarkCommand.RunAsync(args, Console.Out, Console.Error);
