using Dendrite.Access;
using Dendrite.IngestService;
using Dendrite.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPlatformConnections();
builder.AddAccess();
builder.AddSignals();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapSignals();
await app.RunAsync();
