using Dendrite.Storage.Care;

namespace Dendrite.SchedulerService.Care;

/// <summary>What care of the database is made of.</summary>
internal static class CareHost
{
    public static void AddCare(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<CareOptions>()
            .Bind(builder.Configuration.GetSection(CareOptions.Section))
            .Validate(
                care => care.IsValid,
                $"{CareOptions.Section}: times must be positive, counts and sizes not negative, hours from 0 to 23; "
                    + "Limits: ratios between 0 and 1, and what is urgent above what is due."
            )
            .ValidateOnStart();
        builder.Services.AddSingleton<CareLookStore>();
        builder.Services.AddSingleton<CareHistoryStore>();
        builder.Services.AddSingleton<TableMeasureStore>();
        builder.Services.AddSingleton<ProjectSizeStore>();
        builder.Services.AddSingleton<CareActionStore>();
        builder.Services.AddSingleton<CareStores>();
        builder.Services.AddSingleton(services => new CareDatabase(
            services.GetRequiredService<IConfiguration>().GetConnectionString("care")
        ));
        builder.Services.AddSingleton<DiskGauge>();
        builder.Services.AddSingleton<CareMeter>();
        builder.Services.AddSingleton<CareLookPass>();
        builder.Services.AddSingleton<CareSurvey>();
        builder.Services.AddSingleton<StorageOutlook>();
        builder.Services.AddSingleton<TableCareStep>();
        builder.Services.AddSingleton<TableCarePass>();
        builder.Services.AddHostedService<CareWatch>();
    }

    public static void MapCare(this WebApplication app) => app.MapGrpcService<StorageRpc>();
}
