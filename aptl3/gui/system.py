"""Whether the desktop is dark, on each platform, and when that changes.

Linux: the settings portal of freedesktop.org (asked without waiting), else how light the desktop's own palette is.
Windows and macOS keep it in their settings, which are read again whenever the application comes to the front.
https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html
"""

from __future__ import annotations

import os
import sys
from typing import Any

from PyQt5.QtCore import QObject, QSettings, Qt, pyqtSignal, pyqtSlot
from PyQt5.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusPendingReply, QDBusVariant
from PyQt5.QtGui import QPalette
from PyQt5.QtWidgets import QApplication

_PORTAL = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings")
_SPACE, _KEY = "org.freedesktop.appearance", "color-scheme"
_WINDOWS = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
_MACOS = "~/Library/Preferences/.GlobalPreferences.plist"


class System(QObject):
    """What the desktop prefers.

    Signals: ``changed()``: ``dark`` is another one.
    """

    changed = pyqtSignal()

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self.dark = application.palette().color(QPalette.ColorRole.Window).lightness() < 128
        self._watcher: QDBusPendingCallWatcher | None = None
        if sys.platform in ("win32", "darwin"):
            application.applicationStateChanged.connect(self._look)
            self._look(Qt.ApplicationState.ApplicationActive)
        elif os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            self._ask_portal()

    def _set(self, dark: bool) -> None:
        if dark != self.dark:
            self.dark = dark
            self.changed.emit()

    def _look(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            return
        if sys.platform == "win32":
            light = QSettings(_WINDOWS, QSettings.Format.NativeFormat).value("AppsUseLightTheme", 1)
            self._set(int(light) == 0)
        else:
            settings = QSettings(os.path.expanduser(_MACOS), QSettings.Format.NativeFormat)
            self._set(str(settings.value("AppleInterfaceStyle", "")).lower() == "dark")

    def _ask_portal(self) -> None:
        bus = QDBusConnection.sessionBus()
        service, path, interface = _PORTAL
        bus.connect(service, path, interface, "SettingChanged", self._portal_says)
        question = QDBusMessage.createMethodCall(service, path, interface, "Read")
        question.setArguments([_SPACE, _KEY])
        self._watcher = QDBusPendingCallWatcher(bus.asyncCall(question), self)
        self._watcher.finished.connect(self._portal_answers)

    def _portal_answers(self, watcher: QDBusPendingCallWatcher) -> None:
        reply = QDBusPendingReply(watcher)
        if not reply.isError():
            self._heed(reply.argumentAt(0))

    @pyqtSlot(QDBusMessage)
    def _portal_says(self, message: QDBusMessage) -> None:
        space, key, *value = message.arguments()
        if (space, key) == (_SPACE, _KEY) and value:
            self._heed(value[0])

    def _heed(self, value: Any) -> None:
        while isinstance(value, QDBusVariant):
            value = value.variant()
        if value in (1, 2):  # 1: dark, 2: light, 0: no preference
            self._set(value == 1)
