using Dendrite.Access;
using Dendrite.BranchService;
using Dendrite.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPlatformConnections();
builder.AddAccess();
builder.AddBranches();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapBranches();
await app.RunAsync();
