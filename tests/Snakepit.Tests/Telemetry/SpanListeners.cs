namespace Snakepit.Tests.Telemetry;

/// <summary>
/// Groups the tests that listen to spans and the tests that must have no listener, so that they run one after another. A listener gets
/// the spans of all pools of the process.
/// </summary>
[CollectionDefinition(nameof(SpanListeners))]
public sealed class SpanListeners;
