// `job CODE` also runs a job that ends with this code, and the service waits for it to end with 0.
var builder = DistributedApplication.CreateBuilder([]);
var postgres = builder.AddPostgres("postgres");
var redis = builder.AddRedis("redis");
var database = postgres.AddDatabase("sample");
var service = builder
    .AddProject<Projects.SampleService>("service")
    .WaitFor(database)
    .WaitFor(redis)
    .WithHttpHealthCheck("/health");
if (args is ["job", var code])
{
    var job = builder.AddProject<Projects.SampleService>("job").WithArgs("exit", code);
    service.WaitForCompletion(job);
}

builder.Build().Run();
