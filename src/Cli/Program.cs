using Dendrite.Cli.Hosting;

// Ctrl-C and SIGTERM reach the running command as cancellation: what was acknowledged by then stays.
return await new CliApplication(CliHost.OfProcess()).RunAsync(args, CancellationToken.None);
