using Dendrite.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
using var logging = LoggerFactory.Create(builder =>
    builder.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "HH:mm:ss.fff ";
    })
);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

return (int)await new PlatformPreparation(configuration, TimeProvider.System, logging).RunAsync(stop.Token);
