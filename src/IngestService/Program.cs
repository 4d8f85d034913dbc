using Dendrite.Access;
using Dendrite.IngestService;
using Dendrite.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPlatformConnections();
builder.AddAccess();
builder.AddSignals();
builder.AddRecords();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapSignals();
app.MapRecords();
await app.RunAsync();
