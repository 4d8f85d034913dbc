using Dendrite.IngestService;

await IngestHost.Build(WebApplication.CreateBuilder(args)).RunAsync();
