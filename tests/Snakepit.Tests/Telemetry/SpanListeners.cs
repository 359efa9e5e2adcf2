namespace Snakepit.Tests.Telemetry;

/// <summary>Tests that listen to spans, and tests that must not be listened to, one after another: a listener hears all pools of the process.</summary>
[CollectionDefinition(nameof(SpanListeners))]
public sealed class SpanListeners;
