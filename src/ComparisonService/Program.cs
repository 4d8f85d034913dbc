using Dendrite.ComparisonService;

await ComparisonHost.Build(WebApplication.CreateBuilder(args)).RunAsync();
