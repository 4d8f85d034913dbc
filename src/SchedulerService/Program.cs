using Dendrite.Access;
using Dendrite.SchedulerService;
using Dendrite.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPlatformConnections();
builder.AddAccess();
builder.AddScheduling();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapScheduling();
await app.RunAsync();
