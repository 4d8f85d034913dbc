using Dendrite.Access;
using Dendrite.ComparisonService;
using Dendrite.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPlatformConnections();
builder.AddAccess();
builder.AddComparison();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapComparison();
await app.RunAsync();
